/** Pages of other sites cannot use jeton-iam, and its own pages do not lead to other sites. */
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/clients/clients.ts';
import { testUsers } from '../../src/users/users.ts';
import { Browser, type Page } from '../support/browser.ts';
import { json, testIam } from '../support/test-iam.ts';

const REDIRECT = 'http://localhost:4242/answer';
const users = testUsers.map((user) => ({ ...user, aupUnsigned: user.username === 'admin' }));
const iam = testIam({
  users,
  clients: [
    {
      ...defaultSettings,
      client_id: 'old',
      client_name: 'Of an older version',
      redirect_uris: ['javascript:alert(1)'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
      scope: 'openid',
      owners: [],
      dynamically_registered: true,
      created_at: 0,
    },
  ],
});

const newClient = async (...redirect_uris: string[]) =>
  String((await json(await iam.register({ client_name: 'code client', redirect_uris }))).client_id);
const authorization = (client_id: string, redirect_uri: string) =>
  `/authorize?${new URLSearchParams({ response_type: 'code', client_id, redirect_uri, scope: 'openid' })}`;
const formActionOf = ({ headers }: Page) =>
  /form-action ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1];

describe('the forms of a page', () => {
  it.each([
    [REDIRECT, "'self' http://localhost:4242"],
    ['http://127.0.0.1:4242', "'self' http://127.0.0.1:4242"],
    ['http://[::1]:4242/', "'self' http://*:4242"],
    ['https://app.example/answer', "'self' https://app.example"],
    ['edu.kit.data.oidc-agent:/redirect', "'self' edu.kit.data.oidc-agent:"],
    ['http://app.example;report-uri/', "'self'"],
  ])('may lead to %s if it is registered, and nowhere else', async (uri, allowed) => {
    const client = await newClient(uri, 'https://other.example/');
    const browser = new Browser(iam);
    const login = await browser.open(authorization(client, uri));
    expect([login.text, formActionOf(login)]).toEqual([expect.stringContaining('Sign in'), allowed]);
    const consent = await browser.logIn(login);
    expect([consent.text, formActionOf(consent)]).toEqual([
      expect.stringContaining('Approval Required'),
      allowed,
    ]);
    expect(formActionOf(await browser.open('/device'))).toBe("'self'");
  });

  it('may not lead to a URI in a link that no client has registered', async () => {
    const client = await newClient(REDIRECT);
    for (const [id, uri] of [
      [client, 'https://evil.example/'],
      [client, `${REDIRECT}/more`],
      ['old', 'javascript:alert(1)'],
    ]) {
      const page = await new Browser(iam).open(authorization(id ?? '', uri ?? ''));
      expect([page.text, formActionOf(page)]).toEqual([expect.stringContaining('Sign in'), "'self'"]);
    }
    const elsewhere = await new Browser(iam).open(
      `/login?to=${encodeURIComponent('/device?redirect_uri=x:')}`,
    );
    expect(formActionOf(elsewhere)).toBe("'self'");
  });

  it('lead to the client from the acceptable use policy, too', async () => {
    const browser = new Browser(iam);
    const path = authorization(await newClient(REDIRECT), REDIRECT);
    const page = await browser.logIn(await browser.open(path), 'admin');
    expect([page.text, formActionOf(page)]).toEqual([
      expect.stringContaining('I agree with'),
      "'self' http://localhost:4242",
    ]);
  });
});

it('a stored redirect URI that registration refuses today leads nowhere', async () => {
  const browser = new Browser(iam);
  const page = await browser.logIn(await browser.open(authorization('old', 'javascript:alert(1)')));
  expect([page.status, page.location]).toEqual([400, null]);
});

describe('a form of another site', () => {
  const origins = ['http://localhost:1', 'https://evil.example', 'null'];

  it.each(origins)('at %s is refused, even with the right cookie and token', async (origin) => {
    const browser = new Browser(iam);
    const page = await browser.logIn(await browser.open('/device'));
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const send = (headers: Record<string, string>) =>
      browser.open('/device/verify', {
        method: 'POST',
        body: new URLSearchParams({ _csrf, user_code: 'NOCODE' }),
        headers,
      });
    const refused = await send({ origin });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('from another site')]);
    const ours = await send({ origin: new URL(iam.issuer).origin });
    expect(ours.text).toContain('This code was not found');
  });

  it('is known by its origin, which browsers send because our pages do not forbid it', async () => {
    const { headers } = await new Browser(iam).open('/login');
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });
});
