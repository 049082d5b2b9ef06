/** The session of the IAM page, as a user has it: commands, prompts, a browser, a token that holds what it promises. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { answerDeviceCode, startBrowser } from '../support/user/browser.ts';
import { Terminal } from '../support/user/terminal.ts';

describe.skipIf(!hasChromium)('the session of the IAM page (needs chromium)', () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;

  beforeAll(async () => {
    iam = await startIam(sandbox, []);
    await startAgent(sandbox);
  });
  afterAll(() => sandbox.close());

  it('oidc-gen -w device wlcg: providers, scopes, code, browser, password', async () => {
    const browser = await startBrowser(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-w', 'device', 'wlcg']);
    await terminal.waitFor(/\[1\] https:\/\/.*?wlcg\.cloud\.cnaf\.infn\.it\//s);
    await terminal.waitFor(/Issuer \[.*\]: $/);
    // Typed without the slash that the page insists on.
    terminal.type(iam.issuer.slice(0, -1));
    await terminal.waitFor(/Scopes or 'max'.*: $/);
    terminal.type('max');
    const [, url = ''] = await terminal.waitFor(/visit:\n(http\S+)/);
    const [, userCode = ''] = await terminal.waitFor(/enter the code: (\S+)/);
    await terminal.waitFor(/\u2580/);
    await terminal.waitFor(/(9:5\d|10:00) left/);
    expect(await answerDeviceCode(browser, { url, userCode })).toContain('has been approved');
    await terminal.waitFor(/Enter encryption password for account configuration 'wlcg': $/);
    terminal.type('correct horse');
    await terminal.waitFor(/Confirm encryption password: $/);
    terminal.type('correct horse');
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).not.toContain('correct horse');
  });

  it('oidc-gen -p wlcg prints the account', async () => {
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-p', 'wlcg']);
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
    terminal.type('correct horse');
    expect(await terminal.exit()).toBe(0);
    const account = JSON.parse(terminal.screen.slice(terminal.screen.indexOf('{')));
    expect(account).toMatchObject({
      name: 'wlcg',
      issuer_url: iam.issuer,
      device_authorization_endpoint: `${iam.issuer}devicecode`,
      registration_client_uri: expect.stringContaining(account.client_id),
      registration_access_token: expect.any(String),
    });
    expect(account.scope).toContain('storage.read:/');
  });

  it('oidc-add -l lists it, oidc-add wlcg loads it', async () => {
    expect(await sandbox.run('oidc-add', ['-l'])).toMatchObject({ stdout: 'wlcg\n', code: 0 });
    expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ stdout: 'success\n', code: 0 });
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: '', code: 0 });
    const terminal = new Terminal(sandbox, 'oidc-add', ['wlcg']);
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
    terminal.type('correct horse');
    await terminal.waitFor(/success/);
    expect(await terminal.exit()).toBe(0);
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: 'wlcg\n' });
  });

  it('oidc-token wlcg gives a token with all scopes that its issuer signed', async () => {
    const { stdout } = await sandbox.run('oidc-token', ['wlcg']);
    const claims = await verified(stdout.trim());
    expect(claims.scope).toContain('storage.read:/');
    expect(claims).toMatchObject({ aud: 'https://wlcg.cern.ch/jwt/v1/any', 'wlcg.ver': '1.0' });
    expect(claims['wlcg.groups']).toEqual(['/Analysis', '/Production']);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
  });

  it('oidc-token --aud example.audience -s storage.read:/ wlcg gives a narrower one', async () => {
    const args = ['--aud', 'example.audience', '-s', 'storage.read:/', 'wlcg'];
    const { stdout, stderr } = await sandbox.run('oidc-token', args);
    expect(stderr).toBe('');
    const claims = await verified(stdout.trim());
    expect(claims).toMatchObject({ aud: 'example.audience', scope: 'storage.read:/' });
    expect(claims['wlcg.groups']).toBeUndefined();
  });

  it('oidc-token -s with a path below the granted one gives a token for that path', async () => {
    const { stdout } = await sandbox.run('oidc-token', ['-s', 'storage.read:/home/me', 'wlcg']);
    expect((await verified(stdout.trim())).scope).toBe('storage.read:/home/me');
  });

  it('oidc-token --id-token names a command that allows it, and that command does', async () => {
    const { stderr } = await sandbox.run('oidc-token', ['--id-token', 'wlcg']);
    const [, program = '', options = ''] =
      /, or (oidc-add) (--always-allow-idtoken wlcg)$/m.exec(stderr) ?? [];
    const env = { OIDC_ENCRYPTION_PW: 'correct horse' };
    const allowed = await sandbox.run(program || 'false', ['--pw-env', ...options.split(' ')], { env });
    expect(allowed).toMatchObject({ stdout: 'success\n', code: 0 });
    const { stdout } = await sandbox.run('oidc-token', ['--id-token', 'wlcg']);
    // An access token of IAM has scopes.
    expect(await verified(stdout.trim())).not.toHaveProperty('scope');
  });

  async function verified(token: string) {
    const keys = createRemoteJWKSet(new URL(`${iam.issuer}jwk`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: iam.issuer });
    expect(protectedHeader.alg).toBe('RS256');
    return payload;
  }
});
