/** `oidc-gen -w code`: the browser on this computer, on another one, and in another process. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox, stop } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { deletedClients, startIssuer } from '../support/servers/scripted-issuer.ts';
import { startBrowser } from '../support/user/browser.ts';
import { fakeDesktop } from '../support/user/opener.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
let iam: RunningIam;
let willing: RunningIam;
const quiet = ['--pw-env', '--confirm-yes', '--scope=max'];

beforeAll(async () => {
  iam = await startIam(sandbox, []);
  willing = await startIam(sandbox);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

/** Logs in at the address with which oidc-gen opens the browser, or at the one that it shows, and answers; gives what the browser shows at its end. */
async function logIn(address: string, answer: 'Authorize' | 'Deny' = 'Authorize'): Promise<string> {
  const browser = await startBrowser(sandbox);
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  await page.getByLabel('Username').fill('test');
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: answer, exact: true }).click();
  await page.waitForURL(/^http:\/\/(localhost|127\.0\.0\.1):\d+\/\?/);
  const text = (await page.locator('body').textContent()) ?? '';
  await browser.close();
  return text;
}

/** The address at which a browser would end that cannot reach this computer. */
async function approvedElsewhere(url: string): Promise<string> {
  return (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
}

describe.skipIf(!hasChromium)('with a browser (needs chromium)', () => {
  it('opens it on a desktop, takes its answer on 127.0.0.1, and shows that it worked', async () => {
    const desktop = fakeDesktop(sandbox);
    const terminal = new Terminal(sandbox, 'oidc-gen', ['--iss', iam.issuer, ...quiet, 'desktop'], {
      env: { ...desktop.env, OIDC_ENCRYPTION_PW: PASSWORD },
    });
    const [count, opened = ''] = await desktop.opened;
    expect(count).toBe('1');
    const [, url = ''] = await terminal.waitFor(/of your choice:\n(http\S+)/);
    const parameters = Object.fromEntries(new URL(url).searchParams);
    expect(parameters).toMatchObject({
      response_type: 'code',
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.any(String),
      prompt: 'consent',
    });
    expect(listeners(Number(new URL(parameters.redirect_uri ?? '').port))).toEqual(['127.0.0.1']);
    expect(new URL(opened).origin).toBe(parameters.redirect_uri);
    expect(await logIn(opened)).toContain('You are logged in.');
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
    expect((await readAccount(sandbox, 'desktop')).others).toMatchObject({
      grant_types: ['refresh_token', 'authorization_code'],
    });
    expect((await sandbox.run('oidc-token', ['desktop'])).code).toBe(0);
  });

  it('a login that was denied is an error, on the page and on the terminal', async () => {
    const desktop = fakeDesktop(sandbox);
    const run = sandbox.run('oidc-gen', ['--iss', iam.issuer, ...quiet, 'denied'], {
      env: { ...withPassword.env, ...desktop.env },
    });
    const [, opened = ''] = await desktop.opened;
    expect(await logIn(opened, 'Deny')).toContain('access_denied');
    expect(await run).toMatchObject({ code: 77, stderr: expect.stringContaining('Error: access_denied') });
    expect(readdirSync(sandbox.accounts)).not.toContain('denied');
  });
});

it('takes the address at which a browser elsewhere ended, pasted into the terminal', async () => {
  const terminal = new Terminal(
    sandbox,
    'oidc-gen',
    ['-w', 'code', '--iss', willing.issuer, ...quiet, 'paste'],
    {
      env: { OIDC_ENCRYPTION_PW: PASSWORD },
    },
  );
  const [, url = ''] = await terminal.waitFor(/of your choice:\n(http\S+)/);
  await terminal.waitFor(/its last address: $/);
  terminal.type('https://example.org/?code=x&state=forged');
  await terminal.waitFor(/wrong state/);
  terminal.type('nonsense');
  await terminal.waitFor(/did not contain state/);
  // The answer never reaches this computer: its port is taken from the browser.
  const { searchParams } = new URL(url);
  const answer = await approvedElsewhere(url);
  expect(answer).toContain(searchParams.get('redirect_uri') ?? 'nowhere');
  terminal.type(answer);
  await terminal.waitFor(/Everything setup correctly!/);
  expect(await terminal.exit()).toBe(0);
});

it('--no-webserver keeps the login for the process that gets --codeExchange', async () => {
  const options = ['-w', 'code', '--iss', willing.issuer, ...quiet];
  const begun = await sandbox.run(
    'oidc-gen',
    [...options, '--no-webserver', '--no-scheme', 'later'],
    withPassword,
  );
  expect(begun).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("oidc-gen --codeExchange='<url>'"),
  });
  const [, url = ''] = /of your choice:\n(http\S+)/.exec(begun.stderr) ?? [];
  const kept = readdirSync(sandbox.accounts).filter((name) => name.startsWith('.oidc-gen-login'));
  expect(kept).toHaveLength(1);
  const file = join(sandbox.accounts, kept[0] ?? '');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('client_id');
  expect((await sandbox.run('oidc-gen', ['-l'])).stdout).not.toContain('login');
  const answer = await approvedElsewhere(url);

  const forged = answer.replace(/state=[^&]*/, 'state=forged');
  expect(await sandbox.run('oidc-gen', ['--codeExchange', forged, '--pw-env'], withPassword)).toMatchObject({
    code: 1,
  });
  const done = await sandbox.run('oidc-gen', ['--codeExchange', answer, '--pw-env'], withPassword);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('Everything setup correctly!') });
  expect(readdirSync(sandbox.accounts).filter((name) => name.startsWith('.'))).toEqual([]);
  expect((await sandbox.run('oidc-token', ['later'])).code).toBe(0);
});

it('--no-webserver uses the scheme of oidc-agent unless an option says otherwise', async () => {
  const args = ['-w', 'code', '--iss', willing.issuer, ...quiet, '--no-webserver', 'scheme'];
  const { stderr, code } = await sandbox.run('oidc-gen', args, withPassword);
  const [, url = ''] = /of your choice:\n(http\S+)/.exec(stderr) ?? [];
  expect(new URL(url).searchParams.get('redirect_uri')).toBe('edu.kit.data.oidc-agent:/redirect');
  expect(stderr).toContain('You are using a redirect uri with a custom scheme.');
  expect(code).toBe(0);
});

it('where no port is free and no user can paste, only the scheme is left: oidc-gen sends nothing', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  sandbox.onClose(() => taken.close());
  const address = taken.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const uris = `http://localhost:${port} edu.kit.data.oidc-agent:/redirect`;
  const args = ['-w', 'code', '--iss', willing.issuer, ...quiet, `--redirect-uri=${uris}`, 'taken'];
  const { stderr, code } = await sandbox.run('oidc-gen', args, withPassword);
  expect(stderr).toContain(
    'Could not start the http server on any of the registered redirect uris.\nhint: their ports are in use; name another one: --port=PORT\n',
  );
  const [, url = ''] = /of your choice:\n(http\S+)/.exec(stderr) ?? [];
  expect(new URL(url).searchParams.get('redirect_uri')).toBe('edu.kit.data.oidc-agent:/redirect');
  expect(code).toBe(0);
});

it('a port that is in use, and no terminal to paste the address at, is an error before the login', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  sandbox.onClose(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = await startIssuer();
  const client = [
    '--client-id=client',
    '--client-secret=secret',
    `--redirect-uri=http://localhost:${address.port}`,
  ];
  const args = ['-w', 'code', '--iss', issuer.url, '--scope=openid', '--pw-env', '--prompt=none', ...client];
  const outcome = await sandbox.run('oidc-gen', [...args, 'busy'], { ...withPassword, detached: true });
  expect(outcome.stderr).toMatch(
    /^Error: Could not start the http server on any of the registered redirect uris\.\nhint: their ports are in use/,
  );
  expect(outcome).toMatchObject({ code: 1, stdout: expect.not.stringContaining('accepted') });
  expect(existsSync(join(sandbox.accounts, 'busy'))).toBe(false);
});

it('nothing that an issuer writes into its addresses is run', async () => {
  // In the path, and without a blank: there an address stays as it is.
  const file = join(sandbox.folder, 'run');
  const issuer = await startIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      const authorization_endpoint = `${issuer.url}/$(touch$IFS${file})?x=";touch ${file};$(touch ${file})\`touch ${file}\``;
      response.end(
        JSON.stringify({ ...issuer.metadata, authorization_endpoint, scopes_supported: ['openid'] }),
      );
    },
  });
  const desktop = fakeDesktop(sandbox);
  const child = sandbox.spawn('oidc-gen', ['--iss', issuer.url, ...quiet, 'injected'], {
    env: { ...withPassword.env, ...desktop.env },
  });
  const [count, opened = ''] = await desktop.opened;
  expect(count).toBe('1');
  const url = (await fetch(opened, { redirect: 'manual' })).headers.get('location') ?? '';
  expect(new URL(url).searchParams.get('x')).toContain(`$(touch ${file})`);
  await stop(child, 'SIGINT');
  expect(existsSync(file)).toBe(false);
  expect(deletedClients(issuer)).toBe(1);
});

it.each([
  ['Uri does not contain a state', 'http://localhost:4242/?code=x'],
  ['Uri does not contain a code', 'http://localhost:4242/?state=x'],
])('%s', async (text, uri) => {
  const { stderr, code } = await sandbox.run('oidc-gen', ['--codeExchange', uri]);
  expect(stderr).toMatch(`Error: ${text}\nhint: `);
  expect(code).toBe(1);
});

/** The addresses at which something listens on a port. */
function listeners(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(`:${hex}`) && state === '0A')
    .map(([, local = '']) => {
      const bytes = Buffer.from(local.slice(0, -5), 'hex');
      return bytes.length === 4 ? [...bytes.reverse()].join('.') : local;
    });
}
