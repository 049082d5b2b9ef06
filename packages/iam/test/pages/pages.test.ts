import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { tokensOf } from '../support/administrator.ts';
import { Browser } from '../support/browser.ts';
import { basic, json, testIam } from '../support/test-iam.ts';

const iam = testIam();

async function pageOf(user: string, path: string) {
  const browser = new Browser(iam);
  return { browser, page: await browser.logIn(await browser.open(path), user) };
}

const csrfOf = (text: string) => /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
const actionsOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, path = '']) => path);
const passwordOf = ({ id, secret }: { id: string; secret: string }) =>
  iam.post(
    '/token',
    { grant_type: 'password', username: 'test', password: 'password', scope: 'openid' },
    basic(id, secret),
  );

describe('/login', () => {
  it.each(['failure', '<b>', '__proto__', 'constructor'])(
    'says of the error %s that the login failed',
    async (error) => {
      const page = await new Browser(iam).open(`/login?error=${encodeURIComponent(error)}`);
      expect(page.text).toContain('role="alert">Invalid username or password.</p>');
    },
  );
});

describe('/login', () => {
  it('keeps the username after a wrong password, and asks for the password', async () => {
    const browser = new Browser(iam);
    const wrong = await browser.logIn(await browser.open('/dashboard'), 'Zoë "Z"', 'wrong');
    expect(wrong.text).toMatch(/name="username" value="Zoë &#34;Z&#34;"(?! autofocus)[^>]*>/);
    expect(wrong.text).toMatch(/name="password"[^>]* autofocus/);
    expect(wrong.path).not.toContain('Zo');
    expect((await browser.open('/login')).text).toContain('name="username" value=""');
  });
});

describe('/admin', () => {
  it('is for administrators, after a login', async () => {
    expect((await new Browser(iam).open('/admin')).text).toContain('Sign in');
    const { page } = await pageOf('test', '/admin');
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('test is not one')]);
  });

  it('enables the password grant of a client, and disables it again', async () => {
    const client = await iam.newDeviceClient();
    const { browser, page } = await pageOf('admin', '/admin');
    const flip = (on: boolean) =>
      browser.post(`/admin/clients/${client.id}`, {
        _csrf: csrfOf(page.text),
        switch: 'password',
        on: String(on),
      });
    expect((await passwordOf(client)).status).toBe(401);
    const after = await flip(true);
    expect(after.text).toMatch(/aria-checked="true" name="on" value="false">Password grant/);
    expect((await passwordOf(client)).status).toBe(200);
    await flip(false);
    expect((await passwordOf(client)).status).toBe(401);
  });

  it('suspends a client', async () => {
    const client = await iam.newDeviceClient();
    const { browser, page } = await pageOf('admin', '/admin');
    const form = { _csrf: csrfOf(page.text), switch: 'active', on: 'false' };
    expect((await browser.post(`/admin/clients/${client.id}`, form)).text).toContain('suspended');
    expect((await iam.post('/devicecode', { client_id: client.id })).status).toBe(401);
  });

  it('refuses forms of other sites, forms of other users, and unknown switches', async () => {
    const { browser, page } = await pageOf('admin', '/admin');
    const flip = { switch: 'password', on: 'true' };
    expect((await browser.post('/admin/clients/client', flip)).status).toBe(403);
    const form = { ...flip, _csrf: csrfOf(page.text) };
    expect((await browser.post('/admin/clients/client', { ...form, switch: 'magic' })).status).toBe(400);
    expect((await browser.post('/admin/clients/nobody', form)).status).toBe(404);
    const other = await pageOf('test', '/dashboard');
    const forged = { ...flip, _csrf: csrfOf(other.page.text) };
    expect((await other.browser.post('/admin/clients/client', forged)).status).toBe(403);
  });

  it('shows the configuration of a client, which another jeton-iam takes', async () => {
    const client = await iam.newDeviceClient();
    const { browser } = await pageOf('admin', '/admin');
    const page = await browser.open(`/admin/clients/${client.id}`);
    const [command = '', yaml = ''] = [...page.text.matchAll(/<pre[^>]*>(.*?)<\/pre>/gs)].map(
      ([, text]) => text,
    );
    expect(command).toContain(`--client-id=${client.id}`);
    const { clients } = parseConfig(yaml, 'iam.yaml');
    expect(clients?.at(0)).toMatchObject({
      client_id: client.id,
      client_secret: client.secret,
      client_name: 'oidc-agent:test',
      scope: 'openid offline_access storage.read:/ wlcg.groups',
    });
    expect((await browser.open('/admin/clients/nobody')).status).toBe(404);
    expect((await pageOf('test', `/admin/clients/${client.id}`)).page.status).toBe(403);
  });

  it('leads a user who is no administrator to the login', async () => {
    const { page } = await pageOf('test', '/admin');
    expect(page.text).toContain(
      '<a class="button" href="/login?to=%2Fadmin">Sign in as an administrator</a>',
    );
  });

  it('finds clients by name', async () => {
    await iam.register({ client_name: 'Needle & thread', redirect_uris: ['http://localhost:1/'] });
    const { page } = await pageOf('admin', '/admin?q=needle');
    expect(page.text).toContain('Needle &#38; thread');
    expect(page.text).not.toContain('Public device code client');
  });

  it('shows the latest requests, and no secrets', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await tokensOf(iam, 'test', client);
    const { browser, page } = await pageOf('admin', '/admin/requests');
    expect(page.text).toContain('POST /token');
    expect(page.text).not.toContain('GET /admin');
    const filtered = await browser.open(`/admin/requests?q=devicecode+${client.id}+200`);
    expect(filtered.text).toMatch(/The latest 1 of 1\..*POST \/devicecode/s);
    expect((await browser.open('/admin/requests?q=devicecode+404+nothing')).text).toContain(
      'The latest 0 of 0',
    );
    for (const secret of [client.secret, tokens.access_token, tokens.refresh_token]) {
      expect(page.text).not.toContain(String(secret));
    }
  });
});

describe('/dashboard', () => {
  it('folds the tokens of a client to one entry', async () => {
    const client = await iam.newDeviceClient();
    await tokensOf(iam, 'test', client);
    await tokensOf(iam, 'test', client);
    const { page } = await pageOf('test', '/dashboard');
    const entry = new RegExp(
      `2 refresh tokens</span> <span class="badge">2 access tokens</span>.*${client.id}`,
      's',
    );
    expect(/<section id="tokens">(.*?)<\/section>/s.exec(page.text)?.[1]).toMatch(entry);
  });

  it('shows only the user’s own clients and tokens', async () => {
    const client = await iam.newDeviceClient();
    await tokensOf(iam, 'test', client);
    expect((await pageOf('test', '/dashboard')).page.text).toContain(client.id);
    const admin = (await pageOf('admin', '/dashboard')).page.text;
    expect(admin).not.toContain(client.id);
    expect(admin).toContain('href="/admin"');
  });

  it('revokes only the user’s own tokens', async () => {
    const client = await iam.newDeviceClient();
    const tokens = await tokensOf(iam, 'test', client);
    const refresh = () =>
      iam.post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) },
        basic(client.id, client.secret),
      );
    const { browser, page } = await pageOf('test', '/dashboard');
    const [path = ''] = actionsOf(page.text, /action="(\/dashboard\/tokens\/\d+\/revoke)"/g);
    const other = await pageOf('admin', '/dashboard');
    const notTheirs = await other.browser.post(path, {
      _csrf: csrfOf((await other.browser.open('/device')).text),
    });
    expect(notTheirs.status).toBe(404);
    expect((await refresh()).status).toBe(200);
    await browser.post(path, { _csrf: csrfOf(page.text) });
    expect((await refresh()).status).toBe(401);
  });

  it('deletes only the user’s own clients', async () => {
    const client = await iam.newDeviceClient();
    await tokensOf(iam, 'test', client);
    const path = `/dashboard/clients/${client.id}/delete`;
    const other = await pageOf('admin', '/dashboard');
    const forged = { _csrf: csrfOf((await other.browser.open('/device')).text) };
    expect((await other.browser.post(path, forged)).status).toBe(404);
    const { browser, page } = await pageOf('test', '/dashboard');
    await browser.post(path, { _csrf: csrfOf(page.text) });
    expect((await json(await iam.post('/revoke', {}, basic(client.id, client.secret)))).error).toBe(
      'unauthorized',
    );
  });
});
