/** The password flow of the IAM page: refused at first, enabled by an administrator, then used. */
import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIam } from '../support/servers/iam.ts';
import { type ScriptedIssuer, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { startBrowser } from '../support/user/browser.ts';
import { Terminal } from '../support/user/terminal.ts';

const dropIn = (name: string) => resolve(import.meta.dirname, '../../packages/agent/drop-in', name);
const granted = tokens('the.access.token', { refresh_token: 'the-refresh-token', scope: 'openid' });

describe('jeton password', () => {
  const sandbox = new Sandbox();
  beforeAll(() => {
    // As the script's instructions have it.
    Object.assign(sandbox.env, {
      PATH: `${dirname(programPath('jeton'))}:${sandbox.env.PATH}`,
      IAM_CLIENT_ID: 'my-client',
      IAM_CLIENT_SECRET: 'client-secret',
      IAM_CLIENT_SCOPES: 'openid',
    });
  });
  afterAll(() => sandbox.close());

  const at = (issuer: ScriptedIssuer, more: Record<string, string> = {}) => ({
    IAM_TOKEN_ENDPOINT: `${issuer.url}/token`,
    ...more,
  });
  const account = { IAM_USER: 'jane', IAM_PASSWORD: 'pass word&=%' };

  it.skipIf(!hasChromium)(
    'register, be refused with advice, have an administrator enable it on /admin, get a token (needs chromium)',
    async () => {
      const iam = await startIam(sandbox, []);
      const { stdout: lines } = await sandbox.run('jeton', ['register', '--issuer', iam.issuer]);
      const { client_id, client_secret } = JSON.parse(lines);
      const login = { IAM_USER: 'test', IAM_PASSWORD: 'password' };
      const env = { IAM_CLIENT_ID: client_id, IAM_CLIENT_SECRET: client_secret, ...login };
      const args = ['password', '--issuer', iam.issuer];

      const { stdout, stderr, code } = await sandbox.run('jeton', args, { env });
      expect({ stdout, code }).toEqual({ stdout: '', code: 77 });
      expect(stderr).toContain(`Error: The issuer does not allow the password flow to client ${client_id}`);
      expect(stderr).toContain(`hint: an administrator of ${iam.issuer} has to enable it`);
      expect(stderr).toContain(
        `"Please enable the grant type password for my client ${client_id} at ${iam.issuer}."`,
      );
      expect(stderr).toContain('hint: the device flow needs no administrator: jeton device-code');
      expect(stderr.match(/deprecated/g)).toHaveLength(1);

      const page = await (await startBrowser(sandbox)).newPage();
      await page.goto(`${iam.issuer}admin?open=${client_id}`);
      await page.getByLabel('Username').fill('admin');
      await page.getByLabel('Password').fill('password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      const grant = page
        .locator(`form[action$="${client_id}"]`)
        .getByRole('switch', { name: 'Password grant' });
      await grant.click();
      await page.waitForURL(/#client-/);
      expect(await grant.getAttribute('aria-checked')).toBe('true');

      const { stdout: token, code: success } = await sandbox.run('jeton', args, { env });
      expect(success).toBe(0);
      const inspect = ['inspect', '--issuer', iam.issuer, '--json'];
      const { claims } = JSON.parse((await sandbox.run('jeton', inspect, { input: token })).stdout);
      expect(claims).toMatchObject({ client_id, scope: 'openid' });
    },
  );

  it('get-token.sh: the variables of the script, and the answer of the issuer as JSON', async () => {
    const issuer = await startIssuer({ '/token': granted });
    const env = at(issuer, { ...account, IAM_CLIENT_AUDIENCE: 'se.example' });
    const { stdout, code } = await sandbox.run(dropIn('get-token.sh'), [], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      access_token: 'the.access.token',
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: 'the-refresh-token',
      scope: 'openid',
    });
    expect(issuer.requests).toHaveLength(1);
    expect(issuer.requests[0]?.form).toEqual({
      grant_type: 'password',
      username: 'jane',
      password: 'pass word&=%',
      scope: 'openid',
      audience: 'se.example',
    });
  });

  it('asks at the terminal for what the variables do not say, and shows no password', async () => {
    const issuer = await startIssuer({ '/token': granted });
    const script = 'TOKEN=$(get-token.sh | grep access_token); echo "captured $TOKEN"';
    const PATH = `${dirname(dropIn('get-token.sh'))}:${sandbox.env.PATH}`;
    const terminal = new Terminal(sandbox, '/bin/sh', ['-c', script], { env: { ...at(issuer), PATH } });
    await terminal.waitFor(/Username: $/);
    terminal.type('jane');
    await terminal.waitFor(/Password: $/);
    terminal.type('hidden password');
    await terminal.waitFor(/captured {3}"access_token": "the\.access\.token"/);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).not.toContain('hidden password');
    expect(issuer.requests[0]?.form).toMatchObject({ username: 'jane', password: 'hidden password' });
  });

  it('takes the password from a file or a descriptor', async () => {
    const issuer = await startIssuer({ '/token': granted });
    const file = join(sandbox.folder, 'password');
    writeFileSync(file, 'from file\n');
    const args = ['password', '--username', 'jane'];
    const env = at(issuer);
    await sandbox.run('jeton', [...args, '--password-file', file], { env });
    expect(issuer.requests.at(-1)?.form.password).toBe('from file');
    await sandbox.run('jeton', [...args, '--password-fd', '0'], { env, input: 'from descriptor\n' });
    expect(issuer.requests.at(-1)?.form.password).toBe('from descriptor');
    const both = await sandbox.run('jeton', [...args, '--password-fd', '0', '--password-file', file], {
      env,
    });
    expect(both).toMatchObject({ stdout: '', code: 64 });
    expect(issuer.requests).toHaveLength(2);
  });

  it('a wrong password gives another error than a wrong client, and is never shown', async () => {
    const wrong = { error: 'invalid_grant', error_description: 'Bad credentials' };
    const issuer = await startIssuer({ '/token': { status: 400, json: wrong } });
    const { stderr, code } = await sandbox.run('jeton', ['password'], { env: at(issuer, account) });
    expect(code).toBe(77);
    expect(stderr).toContain('Error: invalid_grant: Bad credentials\nhint: check user name and password');
    expect(stderr).not.toContain(account.IAM_PASSWORD);
  });

  it('an unsigned acceptable use policy gives an error that says so', async () => {
    const error_description = 'User jane needs to sign AUP for this organization in order to proceed.';
    const json = { error: 'invalid_grant', error_description };
    const issuer = await startIssuer({ '/token': { status: 400, json } });
    const { stderr, code } = await sandbox.run('jeton', ['password'], { env: at(issuer, account) });
    expect(code).toBe(77);
    expect(stderr).toContain(`hint: log in at ${issuer.url}/ with a browser and sign`);
  });

  it('without a terminal, what is missing is named and nothing is sent', async () => {
    const issuer = await startIssuer({ '/token': granted });
    const { stderr, code } = await sandbox.run('jeton', ['password'], { env: at(issuer) });
    expect(code).toBe(64);
    expect(stderr).toContain('Error: 2 settings are missing\nhint: the user: --username=NAME, IAM_USER or');
    expect(stderr).toContain('hint: the password: --password-file=FILE, --password-fd=N, IAM_PASSWORD or');
    expect(issuer.requests).toEqual([]);
  });
});

describe('dc-get-token.sh', () => {
  const sandbox = new Sandbox();
  afterAll(() => sandbox.close());

  it('the variables of the script, instructions to follow, and lines to paste into a shell', async () => {
    const issuer = await startIssuer({ '/token': granted });
    const env = {
      PATH: `${dirname(programPath('jeton'))}:${sandbox.env.PATH}`,
      IAM_DEVICE_CODE_CLIENT_ID: 'device-client',
      IAM_DEVICE_CODE_CLIENT_SECRET: 'secret',
      IAM_DEVICE_CODE_ENDPOINT: `${issuer.url}/devicecode`,
      IAM_TOKEN_ENDPOINT: `${issuer.url}/token`,
    };
    const { stdout, stderr, code } = await sandbox.run(dropIn('dc-get-token.sh'), [], { env });
    expect(code).toBe(0);
    expect(stderr).toContain(`${issuer.url}/device\n`);
    expect(stderr).toContain('ABC123');
    expect(stdout).toBe(
      'export IAM_ACCESS_TOKEN="the.access.token"\nexport IAM_REFRESH_TOKEN="the-refresh-token"\n',
    );
    expect(issuer.requests.map(({ path, form }) => [path, form.scope])).toEqual([
      ['/devicecode', 'openid profile email offline_access'],
      ['/token', undefined],
    ]);
  });
});
