/**
 * Attacks on a login with a browser (`oidc-gen -w code`): by another user of the computer, who may listen at any free port
 * and reads the list of processes, by another browser, and by an issuer that proves nothing.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { commandLineOf, processesOf } from '../support/processes.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { type Answer, deletedClients, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { startBrowser } from '../support/user/browser.ts';
import { fakeDesktop } from '../support/user/opener.ts';

const sandbox = new Sandbox();
let iam: RunningIam;
let willing: RunningIam;

beforeAll(async () => {
  [iam, willing] = await Promise.all([startIam(sandbox, []), startIam(sandbox)]);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

/** Begins a login on a desktop. Gives the arguments of the opener, which the other user can read, and the output for the user. */
async function begin(
  name: string,
  { args = [], issuer = willing.issuer }: { args?: readonly string[]; issuer?: string } = {},
) {
  const desktop = fakeDesktop(sandbox);
  const quiet = ['--iss', issuer, '--pw-env', '--prompt=none', '--confirm-yes', '--scope=max'];
  const child = sandbox.spawn('oidc-gen', ['-w', 'code', ...quiet, ...args, name], {
    env: { ...withPassword.env, ...desktop.env },
  });
  child.stdin?.end();
  let stderr = '';
  const printed = new Promise<string>((resolve) => {
    child.stderr?.on('data', (piece) => {
      stderr += piece;
      const [, url] = /of your choice:\n(http\S+)\n/.exec(stderr) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const end = once(child, 'close').then(([code]) => ({ code, stderr }));
  const [shown, [, opened = '']] = await Promise.all([printed, desktop.opened]);
  return { opened, shown, end };
}

/** Follows redirects with cookies, as a browser does in which the user is logged in; gives the last page. */
async function browse(address: string, cookies = new Map<string, string>()): Promise<string> {
  for (let url = address; ; ) {
    const { host } = new URL(url);
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: cookies.get(host) ?? '' } });
    for (const set of response.headers.getSetCookie()) {
      cookies.set(host, [cookies.get(host) ?? [], set.split(';')[0]].flat().join('; '));
    }
    const location = response.headers.get('location');
    if (location === null) return await response.text();
    url = new URL(location, url).href;
  }
}

/** The address at the redirect server at which a browser would end; no browser has opened it yet. */
async function answerTo(shown: string): Promise<string> {
  for (let url = shown; ; ) {
    const location = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
    url = new URL(location, url).href;
    if (new URL(url).searchParams.has('code')) return url;
  }
}

/** The arguments of all processes, which every user can read. */
/** Of the programs of this test; others that run at the same time may have addresses of their own there. */
const commandLines = () => processesOf(sandbox.folder).map(commandLineOf);

describe('another user who listens at [::1]', () => {
  /** Listens there as `nobody` at the given port, and reports the first line of each request. */
  const squat = `
    const server = require('node:http').createServer((request, response) => {
      console.log(request.url);
      response.end('caught');
    });
    server.listen(Number(process.argv[1]), '::1', () => console.log('listening'));
  `;

  it.skipIf(!nobodyCanRun || !hasChromium)(
    'does not get the answer (as root only, needs chromium)',
    async () => {
      const [port, other] = [await freePort(), await freePort()];
      const thief = sandbox.spawn(process.execPath, ['-e', squat, String(port)], nobody);
      const caught: string[] = [];
      const lines = createInterface({ input: thief.stdout ?? process.stdin });
      await once(lines, 'line');
      lines.on('line', (line) => caught.push(line));
      const uris = `http://localhost:${port} http://localhost:${other}`;
      const login = await begin('squatted', { args: [`--redirect-uri=${uris}`], issuer: iam.issuer });
      const browser = await startBrowser(sandbox);
      const page = await (await browser.newContext()).newPage();
      await page.goto(login.shown);
      await page.getByLabel('Username').fill('test');
      await page.getByLabel('Password').fill('password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('button', { name: 'Authorize', exact: true }).click();
      await page.waitForURL(/^http:\/\/localhost:\d+\/\?/);
      expect(await page.locator('body').textContent()).toContain('You are logged in.');
      await browser.close();
      expect(await login.end).toMatchObject({ code: 0 });
      expect(caught).toEqual([]);
    },
  );
});

it('a port that others have at all redirect URIs gets no answer: no browser is opened', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  sandbox.onClose(() => other.close());
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const args = [
    '--pw-env',
    '--prompt=none',
    '--scope=max',
    `--redirect-uri=http://localhost:${port}`,
    'taken',
  ];
  const { env } = fakeDesktop(sandbox);
  const outcome = await sandbox.run('oidc-gen', ['-w', 'code', '--iss', willing.issuer, ...args], {
    env: { ...withPassword.env, ...env },
  });
  expect(outcome).toMatchObject({
    code: 1,
    stderr:
      'Error: Could not start the http server on any of the registered redirect uris.\nhint: their ports are in use; name another one: --port=PORT\n',
  });
});

describe('the list of processes', () => {
  it('has no secret of the login', async () => {
    const { opened, shown, end } = await begin('listed');
    const before = commandLines();
    const secrets = ['state', 'nonce', 'code_challenge'].map(
      (name) => new URL(shown).searchParams.get(name) ?? '',
    );
    expect(await browse(opened)).toContain('You are logged in.');
    const all = [opened, ...before, ...commandLines()].join('\n');
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(all).not.toContain(secret);
    }
    expect(all).not.toMatch(/[?&](state|code|code_challenge)=/);
    expect(await end).toMatchObject({ code: 0 });
  });

  it('has none either where the answer comes by another way', async () => {
    const { opened, shown, end } = await begin('elsewhere', { args: ['--no-webserver', '--no-scheme'] });
    expect(opened).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
    const response = await fetch(opened, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe(shown);
    expect(await end).toMatchObject({ code: 0 });
  });

  it.skipIf(!nobodyCanRun)(
    'gives another user an address that opens for its owner alone (as root only)',
    async () => {
      const { opened, end } = await begin('spied');
      const fetchIt = `fetch(${JSON.stringify(opened)}, { redirect: 'manual' }).then((response) => console.log(response.status, response.headers.get('location'), response.headers.get('set-cookie')))`;
      expect((await sandbox.run(process.execPath, ['-e', fetchIt], nobody)).stdout).toBe('403 null null\n');
      // That was not the one visit for which the address is good.
      expect(await browse(opened)).toContain('You are logged in.');
      expect(await end).toMatchObject({ code: 0 });
    },
  );

  it('gives a program an address that works once: the second time ends the login', async () => {
    const issuer = await startIssuer();
    const { opened, end } = await begin('twice', { issuer: issuer.url });
    const visits = [await fetch(opened, { redirect: 'manual' }), await fetch(opened, { redirect: 'manual' })];
    expect(visits.map(({ status }) => status)).toEqual([302, 403]);
    const { code, stderr } = await end;
    expect(stderr).toContain(
      'Error: The login was cancelled: the page that opens the browser was opened twice\nhint: ',
    );
    expect(code).toBe(1);
    expect(deletedClients(issuer)).toBe(1);
  });
});

describe('an answer by another browser', () => {
  it('is not taken once the browser that was opened is at work; that one goes on', async () => {
    const { opened, end } = await begin('other');
    const cookies = new Map<string, string>();
    const first = await fetch(opened, { redirect: 'manual' });
    const { host } = new URL(opened);
    cookies.set(host, first.headers.getSetCookie()[0]?.split(';')[0] ?? '');
    const answer = await answerTo(first.headers.get('location') ?? '');
    const refused = await fetch(answer);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('The login goes on in the browser window that was opened for it.'),
    ]);
    expect(await browse(answer, cookies)).toContain('You are logged in.');
    expect(await end).toMatchObject({ code: 0 });
  });

  it('is taken where no browser has come: the user may have copied the address', async () => {
    const { shown, end } = await begin('copied');
    expect(await browse(shown)).toContain('You are logged in.');
    expect(await end).toMatchObject({ code: 0 });
  });
});

describe('an issuer that does not prove who has logged in', () => {
  /** An issuer that approves at once. */
  const issuerWith = (answer: Answer) =>
    startIssuer({
      '/token': answer,
      '/.well-known/oauth-authorization-server': (_request, response) => void response.writeHead(404).end(),
    });

  /** Brings oidc-gen the answer of such an issuer, as the browser would. */
  async function approve(shown: string): Promise<string> {
    const { searchParams } = new URL(shown);
    const answer = new URLSearchParams({ code: 'c', state: searchParams.get('state') ?? '' });
    return await (await fetch(`${searchParams.get('redirect_uri')}/?${answer}`)).text();
  }

  it('brings no account, and its client is deleted', async () => {
    const issuer = await issuerWith(tokens('at', { refresh_token: 'rt' }));
    const { shown, end } = await begin('unproven', { issuer: issuer.url });
    expect(await approve(shown)).toContain('does not contain an ID token');
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/Error: OIDP response does not contain an ID token\nhint: .*\nhint: .*--oauth2/),
    ]);
    expect(deletedClients(issuer)).toBe(1);
    expect(readdirSync(sandbox.accounts)).not.toContain('unproven');
  });

  it('leaves an account as it was', async () => {
    const issuer = await issuerWith(tokens('at', { refresh_token: 'another' }));
    await writeAccount(sandbox, { name: 'kept', issuer_url: issuer.metadata.issuer });
    const before = readFileSync(join(sandbox.accounts, 'kept'), 'utf8');
    const port = await freePort();
    const args = ['--reauthenticate', `--port=${port}`];
    const { shown, end } = await begin('kept', { args, issuer: issuer.url });
    await approve(shown);
    expect(await end).toMatchObject({ code: 1 });
    expect(readFileSync(join(sandbox.accounts, 'kept'), 'utf8')).toBe(before);
  });

  it('is right where it speaks OAuth alone', async () => {
    const issuer = await issuerWith(tokens('at', { refresh_token: 'rt' }));
    const { shown, end } = await begin('oauth', { issuer: issuer.url, args: ['--oauth2'] });
    expect(await approve(shown)).toContain('You are logged in.');
    expect(await end).toMatchObject({ code: 0 });
    expect((await readAccount(sandbox, 'oauth')).refresh_token?.reveal()).toBe('rt');
  });
});
