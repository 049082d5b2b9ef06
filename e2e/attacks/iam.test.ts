/** Attacks on the built jeton-iam: by another user of its machine, and by web pages in the browser of its user. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, request } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/computer/free-port.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIam } from '../support/servers/iam.ts';
import { startBrowser } from '../support/user/browser.ts';

const sandbox = new Sandbox();
/** The jeton-iam that web pages and browsers open. */
let issuer: string;
let port: number;
beforeAll(async () => {
  ({ issuer, port } = await startIam(sandbox, []));
});
afterAll(() => sandbox.close());

/** Starts a web server on this machine, and gives its port. */
async function serve(answer: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer).listen(0, host);
  await once(server, 'listening');
  sandbox.onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A client's web server. */
const client = (host?: string) =>
  serve((_request, response) => response.end('the answer of the login has arrived'), host);

async function register(issuer: string, ...redirect_uris: string[]): Promise<string> {
  const metadata = {
    client_name: 'code client',
    redirect_uris,
    scope: 'openid profile email',
    token_endpoint_auth_method: 'none',
  };
  const answer = await fetch(`${issuer}iam/api/client-registration`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
  return JSON.parse(await answer.text()).client_id;
}

const authorization = (issuer: string, client_id: string, redirect_uri: string) =>
  `${issuer}authorize?${new URLSearchParams({ response_type: 'code', client_id, redirect_uri, scope: 'openid' })}`;

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill('test');
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function authorize(page: Page): Promise<void> {
  await page.getByLabel('until I revoke it').check();
  await page.getByRole('button', { name: 'Authorize', exact: true }).click();
}

describe('a client that guesses passwords', () => {
  /** Sends a password as a program that runs as this or another user; gives `error_description`, if there is one. */
  async function attempt(issuer: string, password: string, user: object = {}): Promise<string | undefined> {
    const program = `
      const body = new URLSearchParams(JSON.parse(process.argv[1]));
      fetch(process.argv[2], { method: 'POST', body }).then((answer) => answer.text()).then(console.log);`;
    const form = {
      grant_type: 'password',
      client_id: 'password-grant',
      client_secret: 'secret',
      username: 'test',
      password,
      scope: 'openid',
    };
    const args = ['-e', program, JSON.stringify(form), `${issuer}token`];
    const { stdout } = await sandbox.run(process.execPath, args, { cwd: '/', ...user });
    return JSON.parse(stdout).error_description;
  }

  it('is slowed down after ten, on the page and at the token endpoint', async () => {
    const { issuer } = await startIam(sandbox, []);
    for (let time = 0; time < 10; time++)
      expect(await attempt(issuer, `guess ${time}`)).toBe('Bad credentials');
    expect(await attempt(issuer, 'password')).toMatch(
      /^Too many wrong passwords\. Try again in \d+ seconds?\.$/,
    );
    const page = await fetch(`${issuer}login`);
    const cookie = page.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
    const body = new URLSearchParams({ _csrf, to: '/', username: 'test', password: 'password' });
    const answer = await fetch(`${issuer}login`, {
      method: 'POST',
      headers: { cookie },
      body,
      redirect: 'manual',
    });
    expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    expect(await answer.text()).toContain('Too many wrong passwords. Try again in');
  });

  it.skipIf(!nobodyCanRun)(
    'as another user of the machine does not keep the owner out (needs root)',
    async () => {
      const { issuer } = await startIam(sandbox, []);
      for (let time = 0; time < 10; time++) await attempt(issuer, `guess ${time}`, nobody);
      expect(await attempt(issuer, 'password', nobody)).toContain('Too many wrong passwords.');
      expect(await attempt(issuer, 'password')).toBeUndefined();
    },
  );
});

describe('another user of the machine', () => {
  it('does not read on a page the usernames and passwords of the configuration', async () => {
    const config = join(sandbox.folder, 'iam.yaml');
    const text = 'users: [{ username: alice, password: wonderland, email: a@iam.example }]';
    writeFileSync(config, text, { mode: 0o600 });
    const { issuer } = await startIam(sandbox, ['--config', config]);
    for (const path of ['', 'login']) {
      expect(await (await fetch(`${issuer}${path}`)).text()).not.toMatch(/wonderland|alice/);
    }
  });

  it('does not control an IAM that has a token for it', async () => {
    const file = join(sandbox.folder, 'control-token');
    const { issuer } = await startIam(sandbox, ['--control-token-file', file]);
    const approve = (headers: Record<string, string>) =>
      fetch(`${issuer}dev/behaviour`, { method: 'PUT', headers, body: '{"clock": 3600}' });
    expect((await approve({})).status).toBe(401);
    const token = readFileSync(file, 'utf8').trim();
    expect((await approve({ authorization: `Bearer ${token}` })).status).toBe(200);
  });
});

describe('from elsewhere', () => {
  it('no program controls an IAM that listens on all addresses', async () => {
    const { port } = await startIam(sandbox, ['--host', '0.0.0.0']);
    const answer = await fetch(`http://127.0.0.1:${port}/dev/requests`);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('--control-token-file'),
    ]);
  });

  it('a web page whose name points at this machine does not control an IAM', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `evil.example:${port}` };
      request({ host: '127.0.0.1', port, path: '/dev/requests', headers }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

describe.skipIf(!hasChromium)('a browser (needs chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(sandbox);
  });
  const newPage = async () => (await browser.newContext()).newPage();

  it('sends no form that a server at another port of localhost has made, although it knows the cookies', async () => {
    const evil = await serve((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.setHeader('Set-Cookie', 'iam_csrf=known; Path=/');
      response.end(`<form method="post" action="${issuer}device/verify">
<input name="_csrf" value="known"><input name="user_code" value="NOCODE"><button>Win a prize</button></form>`);
    });
    const page = await newPage();
    await page.goto(`${issuer}device`);
    await signIn(page);
    await page.getByText('Enter Code').first().waitFor();
    await page.context().clearCookies({ name: 'iam_csrf' });
    await page.goto(`http://localhost:${evil}/`);
    const [answer] = await Promise.all([
      page.waitForResponse(`${issuer}device/verify`),
      page.getByRole('button').click(),
    ]);
    expect(answer.status()).toBe(403);
    expect(await page.locator('body').textContent()).toContain('This form comes from another site.');
    // The user goes on as before.
    await page.goto(`${issuer}device`);
    await page.locator('[name=user_code]').fill('NOCODE');
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('This code was not found').waitFor();
  });

  it.each([
    ['localhost', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '::1'],
  ])('goes to the client at %s, now and when consent is remembered', async (name, address) => {
    const uri = `http://${name}:${await client(address)}/answer`;
    const url = authorization(issuer, await register(issuer, uri), uri);
    const page = await newPage();
    await page.goto(url);
    await signIn(page);
    await authorize(page);
    await page.getByText('has arrived').waitFor();
    await page.context().clearCookies();
    await page.goto(url);
    await signIn(page);
    await page.getByText('has arrived').waitFor();
  });

  it('goes to a client with a scheme of its own', async () => {
    const uri = 'edu.kit.data.oidc-agent:/redirect';
    const page = await newPage();
    await page.goto(authorization(issuer, await register(issuer, uri), uri));
    await signIn(page);
    const [answer] = await Promise.all([
      page.waitForEvent('request', (sent) => sent.url().startsWith(uri)),
      authorize(page),
    ]);
    expect(answer.url()).toContain('code=');
  });

  it('goes through another IAM and back to the client, now and when consent is remembered there and here', async () => {
    const there = await startIam(sandbox, []);
    const portHere = String(await freePort());
    const clientThere = await register(there.issuer, `http://localhost:${portHere}/openid_connect_login`);
    const external = ['--external', there.issuer, '--external-client', clientThere];
    const here = await startIam(sandbox, ['--port', portHere, ...external]);
    const uri = `http://localhost:${await client()}/answer`;
    const url = authorization(here.issuer, await register(here.issuer, uri), uri);
    const page = await newPage();
    const logInThere = async () => {
      await page.goto(url);
      await page.getByRole('link', { name: 'Sign in with' }).click();
      await signIn(page);
    };
    await logInThere();
    await authorize(page);
    await page.waitForURL(`${here.issuer}**`);
    await authorize(page);
    await page.getByText('has arrived').waitFor();
    await page.context().clearCookies();
    await logInThere();
    await page.getByText('has arrived').waitFor();
  });
});
