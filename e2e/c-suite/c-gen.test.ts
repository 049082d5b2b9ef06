/** oidc-gen of the C suite with our agent: it leaves all of OAuth to the agent. */
import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printAccount, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startIssuer } from '../support/servers/scripted-issuer.ts';
import { verifiedClaims } from '../support/servers/verified-claims.ts';

const scope = 'openid offline_access storage.read:/';

describe.skipIf(!hasDebianSuite)('oidc-gen of the C suite with our agent (needs oidc-agent-cli)', () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;

  beforeAll(async () => {
    iam = await startIam(sandbox);
    await startAgent(sandbox);
  });
  afterAll(() => sandbox.close());

  const gen = (...args: string[]) => {
    const quiet = ['--pw-env', '--prompt=none', '--confirm-yes', '--no-url-call'];
    return sandbox.spawn('oidc-gen', [...args, ...quiet], { suite: 'c', ...withPassword });
  };
  async function output(child: ReturnType<typeof gen>) {
    let [stdout, stderr] = ['', ''];
    child.stdin?.end();
    child.stdout?.on('data', (piece) => (stdout += piece));
    child.stderr?.on('data', (piece) => (stderr += piece));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { stdout, stderr, code };
  }
  const loaded = async () => (await sandbox.run('oidc-add', ['-a'])).stdout.split('\n');
  const token = async (name: string) => {
    const { stdout } = await sandbox.run('oidc-token', [name], { suite: 'c' });
    return await verifiedClaims(stdout, iam);
  };
  /** What a browser does in which the user is logged in, and has said yes. */
  async function visit(address: string): Promise<Response> {
    let url = address;
    const cookies = new Map<string, string>();
    for (;;) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null || /^http:\/\/(localhost|127\.0\.0\.1):4242/.test(location)) return response;
      url = new URL(location, url).href;
    }
  }

  it('-w device: registers a client, logs in, and the account works in either agent', async () => {
    const made = await output(gen('-w', 'device', '--iss', iam.issuer, '--scope', scope, 'device'));
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Everything setup correctly!') });
    expect(await loaded()).toContain('device');
    const account = JSON.parse(await printAccount(sandbox, 'device'));
    expect((await token('device')).client_id).toBe(account.client_id);
    expect(account.registration_client_uri).toContain(account.client_id);
  });

  it('--reauthenticate: brings a new refresh token, to the file and to the agent', async () => {
    const before = JSON.parse(await printAccount(sandbox, 'device'));
    expect(await output(gen('--reauthenticate', 'device'))).toMatchObject({ code: 0 });
    const after = JSON.parse(await printAccount(sandbox, 'device'));
    expect(after.refresh_token).not.toBe(before.refresh_token);
    expect(after.client_id).toBe(before.client_id);
    expect((await token('device')).client_id).toBe(before.client_id);
  });

  it('-w code: the browser comes back to the agent, from which oidc-gen gets the account', async () => {
    const child = gen('-w', 'code', '--iss', iam.issuer, '--scope', scope, 'code');
    const address = new Promise<string>((resolve) => {
      child.stderr?.on('data', (piece) => {
        const url = /http:\S+authorize\S+/.exec(String(piece))?.[0];
        if (url !== undefined) resolve(url);
      });
    });
    const made = output(child);
    const back = (await visit(await address)).headers.get('location') ?? '';
    expect(await (await fetch(back)).text()).toContain('You are logged in');
    expect(await made).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything setup correctly!'),
    });
    const account = JSON.parse(await printAccount(sandbox, 'code'));
    expect((await token('code')).client_id).toBe(account.client_id);
    // It would refuse an account with others.
    expect(account.redirect_uris.join(' ')).not.toContain('127.0.0.1');
  });

  it('--rt: saves the refresh token out of an answer that cannot be used, and says where', async () => {
    const broken = '{"access_token":"at","refresh_token":"the new one",';
    const { metadata } = await startIssuer({ '/token': { text: broken } });
    const client = ['--manual', '--client-id=c', '--client-secret=s', '--redirect-uri=http://localhost:4242'];
    const args = ['-w', 'refresh', '--rt=old', '--iss', metadata.issuer, `--scope=openid`, ...client];
    const { stderr, code } = await output(gen(...args, 'broken'));
    const [, path = ''] =
      /^hint: the issuer replaced the refresh token; the new one is in (.*)$/m.exec(stderr) ?? [];
    expect({ code, saved: path && readFileSync(path, 'utf8') }, stderr).toEqual({
      code: 1,
      saved: 'the new one',
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await loaded()).not.toContain('broken');
  });

  it('-d: deletes the client at the issuer, the file, and the account in the agent', async () => {
    const { registration_client_uri: uri, registration_access_token: bearer } = JSON.parse(
      await printAccount(sandbox, 'code'),
    );
    const client = () => fetch(uri, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await client()).status).toBe(200);
    expect(await output(gen('-d', 'code'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Successfully deleted account configuration.'),
    });
    expect((await client()).status).toBe(401);
    expect(await loaded()).not.toContain('code');
  });

  it('--no-webserver, then --codeExchange in a shell that knows of no agent', async () => {
    const args = [
      '-w',
      'code',
      '--no-webserver',
      '--no-scheme',
      '--iss',
      iam.issuer,
      '--scope',
      scope,
      'two',
    ];
    const { stderr } = await output(gen(...args));
    const address = /http:\S+authorize\S+/.exec(stderr)?.[0] ?? '';
    const back = (await visit(address)).headers.get('location') ?? '';
    const finished = await sandbox.run('oidc-gen', [`--codeExchange=${back}`, '--pw-env', '--prompt=none'], {
      suite: 'c',
      env: { ...withPassword.env, OIDC_SOCK: undefined },
    });
    expect(finished).toMatchObject({ code: 0, stdout: expect.stringContaining('success') });
    expect((await token('two')).client_id).toBe(JSON.parse(await printAccount(sandbox, 'two')).client_id);
  });
});
