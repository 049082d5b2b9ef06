/** The login flows that need no browser, the order of all flows, and the flows that are tried if the user names none. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
let iam: RunningIam;
beforeAll(async () => {
  const file = join(sandbox.folder, 'iam.yaml');
  writeFileSync(
    file,
    `users:
  - { username: jane, password: 'pass word&=%' }
clients:
  - client_id: portal
    client_secret: 'portal:secret&%'
    client_name: Data portal
    grant_types: [password, refresh_token]
    scope: openid offline_access storage.read:/
`,
  );
  iam = await startIam(sandbox, ['--config', file]);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

const quiet = ['--pw-env', '--prompt=none', '--confirm-default', '--scope', 'openid offline_access'];
const gen = (args: readonly string[], env: Record<string, string> = {}) =>
  sandbox.run('oidc-gen', [...quiet, ...args], { env: { ...withPassword.env, ...env } });
const portal = () => ['--iss', iam.issuer, '--client-id=portal', '--client-secret=portal:secret&%'];

describe('-w password', () => {
  it('with --op-username and --op-password', async () => {
    const user = ['--op-username=jane', '--op-password=pass word&=%'];
    expect(await gen(['-w', 'password', ...portal(), ...user, 'password'])).toMatchObject({ code: 0 });
    const account = await readAccount(sandbox, 'password');
    expect([account.username, account.password]).toEqual([undefined, undefined]);
    expect((await sandbox.run('oidc-token', ['-f', 'password'])).code).toBe(0);
  });

  it('asks for both, and shows no password', async () => {
    const args = ['--pw-env', '--scope=openid', '-w', 'password', ...portal(), 'typed'];
    const terminal = new Terminal(sandbox, 'oidc-gen', args, withPassword);
    await terminal.waitFor(/Enter username for the issuer: $/);
    terminal.type('jane');
    await terminal.waitFor(/Enter password for the issuer: $/);
    terminal.type('pass word&=%');
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).not.toContain('pass word');
  });

  it('without them and without a terminal: the option to use', async () => {
    expect(await gen(['-w', 'password', ...portal(), 'nobody'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("pass username to the '--op-username' option"),
    });
  });
});

describe('-w refresh', () => {
  async function refreshToken(): Promise<string> {
    const { refresh_token } = await readAccount(sandbox, 'password');
    return refresh_token?.reveal() ?? '';
  }

  it('--rt-env takes the token from the environment, --rt from the command line', async () => {
    const OIDC_REFRESH_TOKEN = await refreshToken();
    expect(await gen([...portal(), '--rt-env', 'refresh'], { OIDC_REFRESH_TOKEN })).toMatchObject({
      code: 0,
    });
    expect((await sandbox.run('oidc-token', ['refresh'])).code).toBe(0);
    const given = await gen([...portal(), `--rt=${OIDC_REFRESH_TOKEN}`, 'given']);
    expect(given).toMatchObject({ code: 0 });
    expect(given.stdout + given.stderr).not.toContain(OIDC_REFRESH_TOKEN);
  });

  it('a variable that is not set', async () => {
    expect(await gen([...portal(), '--rt-env=NOPE', 'unset'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: NOPE not set!\nhint: /),
    });
  });

  it('a token that the issuer does not know makes no account', async () => {
    expect(await gen([...portal(), '--rt=unknown', 'unknown'])).toMatchObject({ code: 77 });
    expect((await sandbox.run('oidc-gen', ['-l'])).stdout).not.toContain('unknown');
  });
});

describe('several flows', () => {
  it('what one cannot do the next one does, in their order', async () => {
    const issuer = await startIssuer({
      '/devicecode': refusal('unauthorized_client'),
      '/token': tokens('at', { refresh_token: 'rt' }),
    });
    const user = ['--op-username=u', '--op-password=p'];
    const { stderr, code } = await gen([
      '-w',
      'device',
      '-w',
      'password',
      '--iss',
      issuer.url,
      ...user,
      'next',
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('device flow: unauthorized_client. Trying the password flow ...');
    const registration = issuer.requests.find(({ path }) => path === '/register');
    expect(JSON.parse(registration?.body ?? '').grant_types).toEqual([
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      'password',
    ]);
    expect(issuer.requests.find(({ path }) => path === '/token')?.form).toMatchObject({
      grant_type: 'password',
      username: 'u',
    });
  });

  it('after a denied login no other flow is tried', async () => {
    const issuer = await startIssuer({ '/token': refusal('access_denied') });
    const args = [
      '-w',
      'device',
      '-w',
      'password',
      '--iss',
      issuer.url,
      '--op-username=u',
      '--op-password=p',
      'no',
    ];
    expect(await gen(args)).toMatchObject({ code: 77 });
    expect(issuer.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it('an unknown flow is a wrong command line', async () => {
    expect(await gen(['-w', 'magic', 'no'])).toMatchObject({ code: 64 });
  });
});

describe('without -w', () => {
  it.each([
    ['a desktop', { DISPLAY: ':99' }, 'code'],
    ['no display', {}, 'device'],
    ['a display over ssh', { DISPLAY: ':99', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'device'],
  ])('%s: %j is %s', async (_where, env: Record<string, string>, flow) => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    const args = ['--iss', issuer.url, '--no-webserver', '--no-url-call', `default-${issuer.url.slice(-5)}`];
    expect((await gen(args, env)).code).toBe(0);
    const paths = issuer.requests.map(({ path }) => path);
    expect(paths.includes('/devicecode')).toBe(flow === 'device');
  });

  it('the other one where the issuer has no device endpoint', async () => {
    const issuer = await startIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        const { device_authorization_endpoint, ...metadata } = issuer.metadata;
        response.end(JSON.stringify(metadata));
      },
    });
    const { stderr, code } = await gen(['--iss', issuer.url, '--no-webserver', 'other']);
    expect(stderr).toContain(`${issuer.url}/authorize?response_type=code&`);
    expect(code).toBe(0);
  });
});

it('without -w a client that is registered for one flow is used for that one', async () => {
  const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
  expect((await gen(['-w', 'device', '--iss', issuer.url, 'fixed'])).code).toBe(0);
  const desktop = { DISPLAY: ':99' };
  expect((await gen(['--reauthenticate', 'fixed'], desktop)).code).toBe(0);
  expect((await gen(['-f', join(sandbox.accounts, 'fixed'), 'copied'], desktop)).code).toBe(0);
  expect(issuer.requests.filter(({ path }) => path === '/devicecode')).toHaveLength(3);
});

it('-g tells each request and how it ended, -v what is saved: nothing of it is secret', async () => {
  const issuer = await startIssuer({ '/token': tokens('secret-at', { refresh_token: 'secret-rt' }) });
  const { stderr, code } = await gen(['-g', '-v', '-w', 'device', '--iss', issuer.url, 'verbose']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/token: 200, \d+ ms/);
  expect(stderr).toContain('The following data will be saved encrypted:');
  expect(stderr).toContain('"refresh_token": "[secret]"');
  expect(stderr).not.toMatch(/secret-at|secret-rt|registration token|device code/);
});

it('the file config says what no option says', async () => {
  const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
  writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify({ 'oidc-gen': { cnid: 'laptop' } }));
  expect((await gen(['-w', 'device', '--iss', issuer.url, 'named'])).code).toBe(0);
  expect((await readAccount(sandbox, 'named')).client_name).toBe('oidc-agent:named-laptop');
  expect((await gen(['-w', 'device', '--iss', issuer.url, '--cnid=desk', 'desk'])).code).toBe(0);
  expect((await readAccount(sandbox, 'desk')).client_name).toBe('oidc-agent:desk-desk');
});
