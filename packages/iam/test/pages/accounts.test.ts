import { describe, expect, it } from 'vitest';
import { testUsers } from '../../src/users/users.ts';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, DEVICE_GRANT, json, testIam } from '../support/test-iam.ts';

const [test, admin] = testUsers;
if (test === undefined || admin === undefined) throw new Error('there are two test users');
const users = [
  test,
  { ...test, id: '11111111-1111-8111-8111-111111111111', username: 'unsigned', aupUnsigned: true },
  { ...test, id: '22222222-2222-8222-8222-222222222222', username: 'disabled', disabled: true },
];
const iam = testIam({ users });

const newCode = async (scope = 'openid offline_access') =>
  json(await iam.post('/devicecode', { client_id: 'device-code-client', scope }));
const poll = async (code: { device_code?: unknown }) =>
  answerOf(
    await iam.post(
      '/token',
      { grant_type: DEVICE_GRANT, device_code: String(code.device_code) },
      basic('device-code-client', 'secret'),
    ),
  );
const passwordGrant = async (username: string) =>
  answerOf(
    await iam.post(
      '/token',
      { grant_type: 'password', username, password: 'password', scope: 'openid' },
      basic('password-grant', 'secret'),
    ),
  );
const unsigned = (username: string) => [
  400,
  {
    error: 'invalid_grant',
    error_description: `User ${username} needs to sign AUP for this organization in order to proceed.`,
  },
];

describe('a user whose account is disabled', () => {
  it('cannot log in, and learns why only with the right password', async () => {
    const browser = new Browser(iam);
    const refused = await browser.logIn(await browser.open('/device'), 'disabled');
    expect(refused.text).toContain('This account is disabled.');
    const wrong = await browser.logIn(await browser.open('/device'), 'disabled', 'wrong');
    expect(wrong.text).toContain('Invalid username or password.');
    expect((await browser.open('/device')).text).toContain('Sign in');
  });

  it('gets no tokens', async () => {
    expect(await passwordGrant('disabled')).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'User is disabled' },
    ]);
    const code = await newCode();
    iam.control.decide(String(code.user_code), { user: 'disabled', approve: true });
    expect(await poll(code)).toEqual([
      401,
      { error: 'unauthorized', error_description: 'User disabled is not active.' },
    ]);
  });
});

describe('a user who has not signed the AUP', () => {
  it('gets tokens only after signing it on the way to a device code', async () => {
    expect(await passwordGrant('unsigned')).toEqual(unsigned('unsigned'));
    const approvedByTest = await newCode();
    iam.control.decide(String(approvedByTest.user_code), { user: 'unsigned', approve: true });
    expect(await poll(approvedByTest)).toEqual(unsigned('unsigned'));

    const code = await newCode();
    const browser = new Browser(iam);
    const policy = await browser.logIn(await browser.open(`/device?user_code=${code.user_code}`), 'unsigned');
    expect(policy.text).toContain('Acceptable Use Policy');
    for (const path of ['/device', '/dashboard', '/authorize?client_id=client']) {
      expect((await browser.open(path)).text).toContain('Acceptable Use Policy');
    }
    const consent = await browser.submit(policy, {});
    expect(consent.text).toContain('Approval Required for Device code client');
    await browser.submit(consent, { user_oauth_approval: 'true' });
    expect((await poll(code))[0]).toBe(200);
    expect((await poll(approvedByTest))[0]).toBe(200);
    expect((await passwordGrant('unsigned'))[0]).toBe(200);
  });

  it('is not sent to another site after signing', async () => {
    const browser = new Browser(iam);
    await browser.logIn(await browser.open('/login'));
    expect((await browser.open('/iam/aup/sign?to=//evil.example/')).status).toBe(400);
  });
});

describe('consent', () => {
  /** Logs in and approves a code, and chooses how long jeton-iam remembers the consent. */
  async function approved(browser: Browser, remember: string, scope?: string) {
    const code = await newCode(scope);
    const page = await browser.open(`/device?user_code=${code.user_code}`);
    const consent = page.text.includes('Sign in') ? await browser.logIn(page) : page;
    expect(consent.text).toContain('Remember this decision');
    await browser.submit(consent, { user_oauth_approval: 'true', remember });
    expect((await poll(code))[0]).toBe(200);
  }
  const isAsked = async (browser: Browser, scope?: string) => {
    const code = await newCode(scope);
    const { text } = await browser.open(`/device?user_code=${code.user_code}`);
    const status = (await poll(code))[0];
    expect([text.includes('Approval Required'), text.includes('has been approved')]).toEqual(
      status === 400 ? [true, false] : [false, true],
    );
    return status === 400;
  };

  it('is required each time unless the user wants it remembered', async () => {
    const browser = new Browser(iam);
    await approved(browser, 'none');
    expect(await isAsked(browser)).toBe(true);
  });

  it('is remembered for its scopes, paths included', async () => {
    const browser = new Browser(iam);
    await approved(browser, 'until-revoked', 'openid storage.read:/');
    expect(await isAsked(browser, 'openid storage.read:/data')).toBe(false);
    expect(await isAsked(browser, 'openid compute.read')).toBe(true);
  });

  it('is required again after the user has revoked it on the dashboard', async () => {
    const browser = new Browser(iam);
    await approved(browser, 'until-revoked', 'openid address');
    expect(await isAsked(browser, 'openid address')).toBe(false);
    const dashboard = await browser.open('/dashboard');
    const path = '/dashboard/consents/device-code-client/revoke';
    expect(dashboard.text).toContain(`action="${path}"`);
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(dashboard.text)?.[1] ?? '';
    expect((await browser.post(path, {})).status).toBe(403);
    expect((await browser.post(path, { _csrf })).text).not.toContain(`action="${path}"`);
    expect(await isAsked(browser, 'openid address')).toBe(true);
  });

  it('is remembered for one hour', async () => {
    const browser = new Browser(iam);
    await approved(browser, 'one-hour', 'openid profile');
    expect(await isAsked(browser, 'openid profile')).toBe(false);
    iam.later(3601);
    await browser.logIn(await browser.open('/login'));
    expect(await isAsked(browser, 'openid profile')).toBe(true);
  });

  it('is remembered in the code flow, too, unless the client sends prompt=consent', async () => {
    const browser = new Browser(iam);
    const authorize = (more: Record<string, string> = {}) =>
      browser.open(
        `/authorize?${new URLSearchParams({
          response_type: 'code',
          client_id: 'client',
          redirect_uri: 'http://localhost:9876/callback',
          scope: 'openid profile',
          ...more,
        })}`,
      );
    const consent = await browser.logIn(await authorize());
    await browser.submit(consent, { user_oauth_approval: 'true', remember: 'until-revoked' });
    expect((await authorize()).location).toContain('code=');
    expect((await authorize({ prompt: 'consent' })).text).toContain('Approval Required');
    expect((await authorize({ scope: 'openid email' })).text).toContain('Approval Required');
  });
});
