import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server.ts';
import { testUsers } from '../../src/users/users.ts';
import { Browser, type Page } from '../support/browser.ts';
import { json } from '../support/test-iam.ts';

const [test, admin] = testUsers;
if (test === undefined || admin === undefined) throw new Error('there are two test users');

/** The two users of the other provider. Their accounts here are linked, one by subject and one by e-mail address. */
const bySubject = {
  ...test,
  id: '11111111-1111-8111-8111-111111111111',
  username: 'linked',
  email: 'linked@iam.example',
};
const byEmail = { ...test, id: '22222222-2222-8222-8222-222222222222', username: 'mail', email: admin.email };
const stranger = {
  ...test,
  id: '33333333-3333-8333-8333-333333333333',
  username: 'stranger',
  email: 'x@google.test',
};
const suspended = {
  ...stranger,
  id: '44444444-4444-8444-8444-444444444444',
  username: 'suspended',
  email: 's@google.test',
};

let google: RunningServer;
let iam: RunningServer;

beforeAll(async () => {
  google = await startServer({ users: [test, admin, stranger, suspended] });
  const metadata = {
    client_name: 'The other IAM',
    redirect_uris: ['http://localhost/later'],
    scope: 'openid profile email',
  };
  const uri = `${google.issuer}iam/api/client-registration`;
  const type = { 'content-type': 'application/json' };
  const registration = { method: 'POST', headers: type, body: JSON.stringify(metadata) };
  const client = await json(await fetch(uri, registration));
  const issuer = google.issuer;
  iam = await startServer({
    users: [
      { ...bySubject, externalIdentities: [{ issuer, subject: test.id }] },
      byEmail,
      { ...bySubject, id: suspended.id, username: 'off', email: suspended.email, disabled: true },
    ],
    external: { issuer, clientId: String(client.client_id), clientSecret: String(client.client_secret) },
  });
  const redirect_uris = [`${iam.issuer}openid_connect_login`];
  const updated = await fetch(`${uri}/${client.client_id}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${client.registration_access_token}`, ...type },
    body: JSON.stringify({ ...metadata, redirect_uris }),
  });
  expect(updated.status).toBe(200);
});
afterAll(async () => {
  await iam.close();
  await google.close();
});

const at = ({ issuer }: RunningServer) => ({
  issuer,
  fetch: (path: string, init?: RequestInit) => fetch(new URL(path, issuer), { redirect: 'manual', ...init }),
});
const linkOf = (page: Page) =>
  (/href="(\/openid_connect_login[^"]*)"/.exec(page.text)?.[1] ?? '').replaceAll('&#38;', '&');

/** Opens a page here, logs in at the other provider, and returns the link that leads back. */
async function wayBack(username: string, path = '/dashboard', approval = 'true') {
  const [here, there] = [new Browser(at(iam)), new Browser(at(google))];
  const login = await here.open(path);
  expect(login.text).toContain(`Sign in with localhost:${google.port}`);
  const leaving = await here.open(linkOf(login));
  const consent = await there.logIn(await there.open(leaving.location ?? ''), username);
  const back = await there.submit(consent, { user_oauth_approval: approval });
  return { here, back: back.location ?? '' };
}

/** The same, and returns the page after it. */
async function signIn(username: string, path?: string, approval?: string) {
  const { here, back } = await wayBack(username, path, approval);
  return { here, page: await here.open(back) };
}

describe('login through another OpenID provider', () => {
  it('logs in the account that names the identity there, and leads to the requested page', async () => {
    const { page } = await signIn('test', '/device?user_code=NOCODE');
    expect(page.text).toContain('This code was not found');
    expect(page.text).toContain('Signed in as <strong>linked</strong>');
  });

  it('logs in the account with the e-mail address that the provider has verified', async () => {
    expect((await signIn('admin')).page.text).toContain('Signed in as <strong>mail</strong>');
  });

  it('refuses unknown identities and disabled accounts', async () => {
    const { page, here } = await signIn('stranger');
    expect([page.status, page.text]).toEqual([403, expect.stringContaining(`belongs to ${stranger.id}`)]);
    expect((await here.open('/dashboard')).text).toContain('Sign in with');
    const off = await signIn('suspended');
    expect(off.page.text).toContain('This account is disabled.');
    expect((await off.here.open('/dashboard')).text).toContain('Sign in with');
  });

  it('reports that the user has refused there', async () => {
    const { page } = await signIn('test', '/dashboard', 'false');
    expect([page.status, page.text]).toEqual([502, expect.stringContaining('failed')]);
  });

  it('can be finished only in the browser that began it, and once', async () => {
    const { back, here } = await wayBack('test');
    const other = new Browser(at(iam));
    await other.open('/openid_connect_login?to=/');
    expect((await other.open(back)).status).toBe(400);
    expect((await here.open(back)).text).toContain('Signed in as <strong>linked</strong>');
    expect((await here.open(back)).status).toBe(400);
    expect((await new Browser(at(iam)).open('/openid_connect_login?code=x&state=y')).status).toBe(400);
    expect((await new Browser(at(iam)).open('/openid_connect_login?code=x')).status).toBe(400);
    expect((await other.open('/openid_connect_login?to=//evil.example')).status).toBe(400);
  });

  it('reports that the provider does not answer', async () => {
    const alone = await startServer({ external: { issuer: 'http://localhost:1/', clientId: 'x' } });
    const page = await new Browser(at(alone)).open('/openid_connect_login?to=/');
    expect([page.status, page.text]).toEqual([
      502,
      expect.stringContaining('The login at localhost:1 failed'),
    ]);
    await alone.close();
  });
});
