/** Each suite's programs work with the other suite's agent without a visible difference. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { generateAccount, PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite, type Suite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startRotatingIam } from '../support/servers/rotating-iam.ts';
import { verifiedClaims } from '../support/servers/verified-claims.ts';
import { Terminal } from '../support/user/terminal.ts';

describe.skipIf(!hasDebianSuite)("the C suite's programs and ours (needs oidc-agent-cli)", () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;
  let agents: Record<Suite, RunningAgent>;

  beforeAll(async () => {
    iam = await startIam(sandbox);
    agents = { ours: await startAgent(sandbox), c: await startAgent(sandbox, { suite: 'c' }) };
    expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
  });
  afterAll(() => sandbox.close());

  /** Runs a program of one suite with the agent of another. */
  const runner =
    (suite: Suite, agent: Suite) => (program: string, args: readonly string[], password?: string) =>
      sandbox.run(program, args, {
        suite,
        env: {
          OIDC_SOCK: agents[agent].socket,
          ...(password === undefined ? withPassword.env : { OIDC_ENCRYPTION_PW: password }),
        },
      });
  type Run = ReturnType<typeof runner>;

  async function load(run: Run) {
    expect(await run('oidc-add', ['--pw-env', 'wlcg'])).toMatchObject({ code: 0 });
  }

  async function loadedAccounts(run: Run): Promise<string[]> {
    const { stdout, code } = await run('oidc-add', ['-a']);
    expect(code).toBe(0);
    // The C program heads its list also where no user reads it.
    return stdout.split('\n').filter((line) => /^\w+$/.test(line));
  }

  it("our oidc-gen hands its account to the C agent, which gives the issuer's tokens for it", async () => {
    // The C agent was started last: its socket is in the environment.
    expect(sandbox.env.OIDC_SOCK).toBe(agents.c.socket);
    expect(await loadedAccounts(runner('c', 'c'))).toEqual(['wlcg']);
    expect(await loadedAccounts(runner('c', 'ours'))).toEqual([]);
    const { stdout } = await runner('c', 'c')('oidc-token', ['wlcg']);
    expect((await verifiedClaims(stdout, iam)).scope).toContain('storage.read:/');
  });

  it('jeton shows an account that the C agent holds as loaded', async () => {
    await load(runner('ours', 'c'));
    const terminal = new Terminal(sandbox, 'jeton', [], { env: { OIDC_SOCK: agents.c.socket } });
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).toMatch(/^You are logged in with .*\n {2}wlcg {2}\S+ {2}loaded\n/);
  });

  const pairs: { programs: Suite; agent: Suite }[] = [
    { programs: 'c', agent: 'ours' },
    { programs: 'ours', agent: 'c' },
  ];
  describe.each(pairs)('programs: $programs, agent: $agent', ({ programs, agent }) => {
    const run = runner(programs, agent);
    beforeEach(() => load(run));

    async function claims(...args: string[]) {
      const { stdout, stderr, code } = await run('oidc-token', [...args, 'wlcg']);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      return await verifiedClaims(stdout, iam);
    }

    it('oidc-token gives a token with all that the account may', async () => {
      const { scope, aud, exp = 0, iat = 0 } = await claims();
      expect(aud).toBe('https://wlcg.cern.ch/jwt/v1/any');
      expect(exp - iat).toBe(3600);
      expect(String(scope).split(' ')).toEqual(expect.arrayContaining(['openid', 'storage.modify:/']));
    });

    it('-s narrows it, also to a path and to several scopes', async () => {
      expect((await claims('-s', 'storage.read:/')).scope).toBe('storage.read:/');
      expect((await claims('-s', 'storage.read:/data')).scope).toBe('storage.read:/data');
      expect((await claims('-s', 'storage.read:/', '-s', 'compute.read')).scope).toBe(
        'storage.read:/ compute.read',
      );
    });

    it('--aud makes it for one audience or several', async () => {
      expect((await claims('--aud', 'se.example', '-s', 'openid')).aud).toBe('se.example');
      expect((await claims('--aud', 'https://se1.example se2.example')).aud).toEqual([
        'https://se1.example',
        'se2.example',
      ]);
    });

    it('it is the same token until -t or -f asks for another', async () => {
      const { jti } = await claims();
      expect((await claims('-t', '3000')).jti).toBe(jti);
      const forced = await claims('-f');
      expect(forced.jti).not.toBe(jti);
      expect((await claims()).jti).toBe(forced.jti);
      expect((await claims('-t', '4000')).jti).not.toBe(forced.jti);
    });

    it.each([
      [['-a']],
      [['-c']],
      [['-o', '-i', '-e']],
      [['-o', '-e']],
      [['-o']],
      [['-i']],
      [['-e']],
      [['-oTOKEN']],
      [['-iISSUER', '-eEXPIRY']],
    ])('oidc-token %j prints the same with either program', async (args) => {
      const other = runner(programs === 'c' ? 'ours' : 'c', agent);
      const printed = await run('oidc-token', [...args, 'wlcg']);
      expect(printed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/\S\n$/) });
      expect(printed).toEqual(await other('oidc-token', [...args, 'wlcg']));
    });

    it('-a prints the token, its issuer and when it expires', async () => {
      const [token = '', issuer, expiresAt] = (await run('oidc-token', ['-a', 'wlcg'])).stdout.split('\n');
      const { exp = 0 } = await verifiedClaims(token, iam);
      expect(issuer).toBe(iam.issuer);
      expect(Math.abs(Number(expiresAt) - exp)).toBeLessThanOrEqual(2);
    });

    it('oidc-add NAME, -a, -r and -R load, list and unload', async () => {
      expect(await run('oidc-add', ['-r', 'wlcg'])).toEqual({ ...silent, stdout: 'success\n' });
      expect(await loadedAccounts(run)).toEqual([]);
      expect(await run('oidc-add', ['--pw-env', 'wlcg'])).toEqual({ ...silent, stdout: 'success\n' });
      expect(await loadedAccounts(run)).toEqual(['wlcg']);
      expect((await run('oidc-add', ['-l'])).stdout).toMatch(/^wlcg\n/m);
      await claims();
      expect(await run('oidc-add', ['-R'])).toEqual({ ...silent, stdout: 'success\n' });
      expect(await loadedAccounts(run)).toEqual([]);
    });

    it('oidc-add -t says how long the agent will hold the account', async () => {
      await run('oidc-add', ['-r', 'wlcg']);
      const added = await run('oidc-add', ['-t', '300', '--pw-env', 'wlcg']);
      expect(added).toMatchObject({ stdout: 'success\n', stderr: 'Lifetime set to 300 seconds\n', code: 0 });
    });

    // What the C program says, and with what it and ours end.
    it.each<[string, string[], string, { c: number; ours: number }]>([
      ['oidc-token', ['nope'], 'No account configured with that short name', { c: 1, ours: 1 }],
      ['oidc-token', ['other'], 'account not loaded', { c: 1, ours: 77 }],
      ['oidc-token', ['-s', 'nope', 'wlcg'], 'invalid_scope: Up-scoping is not allowed.', { c: 1, ours: 1 }],
      ['oidc-token', ['https://nope.example/'], 'account not loaded', { c: 1, ours: 77 }],
      ['oidc-token', ['--id-token', 'wlcg'], 'operation forbidden', { c: 1, ours: 77 }],
      ['oidc-add', ['-r', 'other'], 'account not loaded', { c: 1, ours: 77 }],
      ['oidc-add', ['nope'], 'No account configured with that short name', { c: 1, ours: 1 }],
      ['oidc-add', ['-p', 'nope'], 'No account configured with that short name', { c: 1, ours: 1 }],
    ])('%s %j fails as the C suite fails: %s', async (program, args, text, codes) => {
      copyFileSync(join(sandbox.accounts, 'wlcg'), join(sandbox.accounts, 'other'));
      const { stdout, stderr, code } = await run(program, args);
      expect(stderr.split('\n')[0]?.replace(/^Error: /, '')).toBe(text);
      // Whatever the agent explains must not run into the prompt of the shell.
      expect(stderr).toMatch(/\S\n$/);
      expect({ stdout, code }).toEqual({ stdout: '', code: codes[programs] });
    });

    it('a wrong password loads nothing', async () => {
      await run('oidc-add', ['-r', 'wlcg']);
      expect(await run('oidc-add', ['--pw-env', 'wlcg'], 'wrong')).toMatchObject({
        stdout: '',
        stderr: expect.stringMatching(/^Error: (wrong password|reached maximum number of tries)\n/),
        code: programs === 'c' ? 1 : 77,
      });
      expect(await loadedAccounts(run)).toEqual([]);
    });
  });

  it('oidc-agent --status of either asks the agent of the other', async () => {
    for (const [programs, agent, version] of [
      ['c', 'ours', '5.3.3'],
      ['ours', 'c', '4.2.6'],
    ] as const) {
      const run = runner(programs, agent);
      await load(run);
      const { stdout, code } = await run('oidc-agent', ['--status']);
      expect(stdout).toContain(`This agent is running version ${version}.`);
      expect(stdout).toContain('Currently there are 1 accounts loaded: wlcg\n');
      expect(code).toBe(0);
      const { stdout: json } = await run('oidc-agent', ['--status', '--json']);
      expect(JSON.parse(json)).toMatchObject({ version, loaded_accounts: ['wlcg'] });
    }
  });

  it.each([
    ['has used', []],
    ['has not used yet', ['--skip-check']],
  ])(
    'a C agent writes the file of an account anew that our agent %s: ours does not spend the old refresh token, and says what helps',
    async (_name, options) => {
      const sandbox = new Sandbox();
      onTestFinished(() => sandbox.close());
      const iam = await startRotatingIam(sandbox);
      const ours = await startAgent(sandbox);
      expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
      expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ code: 0 });
      const terminal = new Terminal(sandbox, 'oidc-add', [...options, 'wlcg']);
      await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
      terminal.type(PASSWORD);
      expect(await terminal.exit()).toBe(0);
      await startAgent(sandbox, { suite: 'c' });
      const loaded = await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], { suite: 'c', ...withPassword });
      expect(loaded).toMatchObject({ stdout: 'success\n', code: 0 });

      const run = (program: string, args: readonly string[]) =>
        sandbox.run(program, args, { env: { OIDC_SOCK: ours.socket, ...withPassword.env } });
      const { stdout, stderr, code } = await run('oidc-token', ['-f', 'wlcg']);
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      const [, command = ''] =
        /^Error: another program has written the account file of 'wlcg': .*\nhint: .* could end the login\nhint: give the agent its password: oidc-add (.*)\n$/.exec(
          stderr,
        ) ?? [];
      expect(command).toBe('--force wlcg');
      expect(await run('oidc-add', ['--pw-env', ...command.split(' ')])).toMatchObject({ code: 0 });
      const { stdout: token } = await run('oidc-token', ['-f', 'wlcg']);
      await verifiedClaims(token, iam);
    },
  );

  it.skipIf(!existsSync('/usr/bin/openssl'))(
    'over https with a private CA: by short name and by issuer, with and without its slash',
    async () => {
      const sandbox = new Sandbox();
      onTestFinished(() => sandbox.close());
      const [cert, key] = selfSigned(sandbox.folder);
      const iam = await startIam(sandbox, ['--auto-approve', 'test', '--tls-cert', cert, '--tls-key', key]);
      await startAgent(sandbox);
      expect(await generateAccount(sandbox, 'wlcg', iam, { args: ['--cp', cert] })).toMatchObject({
        code: 0,
      });
      const { stdout: token } = await sandbox.run('oidc-token', ['wlcg']);
      expect(decodeJwt(token).iss).toBe(iam.issuer);
      for (const name of ['wlcg', iam.issuer, iam.issuer.slice(0, -1)]) {
        expect((await sandbox.run('oidc-token', [name], { suite: 'c' })).stdout).toBe(token);
      }
      // The authority is in the account: the C agent uses it, too.
      await startAgent(sandbox, { suite: 'c' });
      const add = await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], { suite: 'c', ...withPassword });
      expect(add).toMatchObject({ stdout: 'success\n', code: 0 });
      for (const suite of ['c', 'ours'] as const) {
        const { stdout } = await sandbox.run('oidc-token', [iam.issuer], { suite });
        expect(decodeJwt(stdout).iss).toBe(iam.issuer);
      }
    },
  );
});

const silent = { stdout: '', stderr: '', code: 0, signal: undefined };

/** The paths of a certificate for localhost, which is its own authority, and of its key. */
function selfSigned(folder: string): [cert: string, key: string] {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-nodes', '-keyout', key, '-out', cert];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-days', '2', ...files, ...subject];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return [cert, key];
}
