/** One folder of accounts for both suites: what either writes, the other reads, loads, changes and deletes. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { generateAccount, printAccount, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
import { type Outcome, Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startRotatingIam } from '../support/servers/rotating-iam.ts';
import { verifiedClaims } from '../support/servers/verified-claims.ts';

const suites: Suite[] = ['ours', 'c'];
const pairs = suites.flatMap((first) => suites.map((second): [Suite, Suite] => [first, second]));

describe.skipIf(!hasDebianSuite)('accounts of the C suite and ours (needs oidc-agent-cli)', () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;
  let agents: Record<Suite, RunningAgent>;
  /** What oidc-gen said about each account, by the account's name. All are made with the C agent. */
  const made = new Map<string, Outcome>();

  beforeAll(async () => {
    iam = await startIam(sandbox);
    agents = { ours: await startAgent(sandbox), c: await startAgent(sandbox, { suite: 'c' }) };
    const make = async (name: string, suite: Suite) =>
      made.set(name, await generateAccount(sandbox, name, iam, { suite }));
    const deleted = pairs.map(([maker, deleter]) => make(`${maker}-deleted-by-${deleter}`, maker));
    await Promise.all([make('ours', 'ours'), make('c', 'c'), make('ours-again', 'ours'), ...deleted]);
  });
  afterAll(() => sandbox.close());

  /** Runs a program of one suite with the agent of another; the password is at hand. */
  const run = (suite: Suite, agent: Suite, program: string, args: readonly string[]) =>
    sandbox.run(program, args, {
      suite,
      env: { OIDC_SOCK: agents[agent].socket, ...withPassword.env },
    });

  it.each(suites)(
    'oidc-gen -w device (%s) registers at jeton-iam, loads the account, and it works',
    async (suite) => {
      expect(made.get(suite)).toMatchObject({
        stdout: expect.stringMatching(/^Registering Client \.\.\.\n(.*\n)*Everything setup correctly!\n$/),
        code: 0,
      });
      expect((await run('c', 'c', 'oidc-add', ['-a'])).stdout.split('\n')).toContain(suite);
      const { stdout } = await run('c', 'c', 'oidc-token', [suite]);
      expect((await verifiedClaims(stdout, iam)).client_id).toBe((await account(suite)).client_id);
    },
  );

  it.each(suites)('oidc-gen -p prints the same text with either program: account of %s', async (maker) => {
    const [ours, c] = [await printAccount(sandbox, maker), await printAccount(sandbox, maker, 'c')];
    expect(ours).toBe(c);
    expect(JSON.parse(ours)).toMatchObject({
      name: maker,
      issuer_url: iam.issuer,
      refresh_token: expect.stringMatching(/./),
      scope: expect.stringContaining('storage.read:/'),
    });
  });

  it.each(pairs)('a wrong password is refused: account of %s, oidc-gen -p of %s', async (maker, suite) => {
    const env = { OIDC_ENCRYPTION_PW: 'wrong' };
    expect(await sandbox.run('oidc-gen', ['-p', maker, '--pw-env'], { suite, env })).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^Error: (wrong password|reached maximum number of tries)\n/),
      code: suite === 'c' ? 1 : 77,
    });
  });

  it.each(pairs.flatMap(([maker, agent]) => suites.map((suite) => [maker, suite, agent] as const)))(
    'account of %s, loaded by oidc-add of %s into the agent of %s, gives tokens',
    async (maker, suite, agent) => {
      expect(await run(suite, agent, 'oidc-add', ['-R'])).toMatchObject({ code: 0 });
      const args = ['--pw-env', maker];
      expect(await run(suite, agent, 'oidc-add', args)).toMatchObject({ stdout: 'success\n', code: 0 });
      const { stdout } = await run(suite, agent, 'oidc-token', ['-s', 'storage.read:/', maker]);
      const { client_id, scope } = await verifiedClaims(stdout, iam);
      expect({ client_id, scope }).toEqual({
        client_id: (await account(maker)).client_id,
        scope: 'storage.read:/',
      });
    },
  );

  it.each(pairs)(
    'account of %s: oidc-gen -d of %s ends it at the issuer, in the agent and on disk',
    async (maker, deleter) => {
      const name = `${maker}-deleted-by-${deleter}`;
      const before = await account(name);
      expect((await refresh(before)).status).toBe(200);
      expect(await run('ours', 'c', 'oidc-add', ['--pw-env', name])).toMatchObject({ code: 0 });
      expect((await run('c', 'c', 'oidc-add', ['-a'])).stdout.split('\n')).toContain(name);
      const { stdout, code } = await run(deleter, 'c', 'oidc-gen', ['-d', name, '--pw-env', '--confirm-yes']);
      expect(stdout).toMatch(/Successfully deleted account configuration\.\n$/);
      expect(code).toBe(0);
      expect((await run('ours', 'ours', 'oidc-gen', ['-l'])).stdout.split('\n')).not.toContain(name);
      expect((await run('c', 'c', 'oidc-add', ['-a'])).stdout.split('\n')).not.toContain(name);
      // An unknown client is `unauthorized`. But oidc-agent 4.2.6 does not take a registration with booleans, which IAM's has: it shows the registration to the user
      // and keeps nothing. Then only the refresh token can be revoked, and the client stays at the issuer.
      const error = maker === 'c' ? 'invalid_token' : 'unauthorized';
      expect(await refresh(before)).toMatchObject({ status: 401, error });
      expect(made.get(name)?.stderr.includes('"registration_access_token"')).toBe(maker === 'c');
    },
  );

  it('what C oidc-gen -u and --reauthenticate rewrite, we read', async () => {
    const before = await account('ours-again');
    const update = await run('c', 'c', 'oidc-gen', ['-u', 'ours-again', '--pw-env']);
    expect(update).toMatchObject({ stdout: 'Updated config file format\n', code: 0 });
    expect(await account('ours-again')).toEqual(before);

    const quiet = ['--pw-env', '--prompt=none', '--confirm-default'];
    const again = await run('c', 'c', 'oidc-gen', [
      '--reauthenticate',
      '-w',
      'device',
      ...quiet,
      'ours-again',
    ]);
    expect(again.code).toBe(0);
    const after = await account('ours-again');
    expect(after.refresh_token).not.toBe(before.refresh_token);
    expect(after.client_id).toBe(before.client_id);
    expect(await run('ours', 'ours', 'oidc-add', ['--pw-env', 'ours-again'])).toMatchObject({ code: 0 });
    const { stdout } = await run('ours', 'ours', 'oidc-token', ['ours-again']);
    expect((await verifiedClaims(stdout, iam)).scope).toContain('storage.read:/');
  });

  it('each agent saves the refresh tokens that the issuer rotates, for the other to go on with', async () => {
    const sandbox = new Sandbox();
    onTestFinished(() => sandbox.close());
    const iam = await startRotatingIam(sandbox);
    await startAgent(sandbox);
    expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
    const seen: unknown[] = [];
    // Each time the oidc-add is the other suite's: it has to tell the agent how to write the file.
    for (const [agent, add] of [
      ['c', 'ours'],
      ['ours', 'c'],
      ['c', 'c'],
      ['ours', 'ours'],
    ] as const) {
      await startAgent(sandbox, { suite: agent });
      expect(
        await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], { suite: add, ...withPassword }),
      ).toMatchObject({
        stdout: 'success\n',
        code: 0,
      });
      const { stdout } = await sandbox.run('oidc-token', ['-f', 'wlcg']);
      await verifiedClaims(stdout, iam);
      seen.push(JSON.parse(await printAccount(sandbox, 'wlcg', add)).refresh_token);
    }
    expect(seen).toEqual(['rotated-3', 'rotated-5', 'rotated-7', 'rotated-9']);
  });

  async function account(name: string) {
    return JSON.parse(await printAccount(sandbox, name));
  }

  async function refresh(account: { client_id: string; client_secret: string; refresh_token: string }) {
    const credentials = Buffer.from(`${account.client_id}:${account.client_secret}`).toString('base64');
    const answer = await fetch(`${iam.issuer}token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: account.refresh_token }),
    });
    return { status: answer.status, ...Object(await answer.json()) };
  }
});
