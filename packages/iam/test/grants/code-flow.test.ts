import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, type Json, json, testIam } from '../support/test-iam.ts';

const iam = testIam();
const automatic = testIam({ autoApprove: 'test' });
const REDIRECT = 'http://localhost:4242';
const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-0123456789';
const S256 = createHash('sha256').update(VERIFIER).digest('base64url');

const registered = async (more: Json = {}, at = iam) => {
  const client = await json(
    await at.register({
      client_name: 'oidc-agent:code',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [REDIRECT, 'edu.kit.data.oidc-agent:/redirect'],
      scope: 'openid profile offline_access storage.read:/ wlcg.groups',
      ...more,
    }),
  );
  return { id: String(client.client_id), secret: String(client.client_secret ?? '') };
};

const authorizeUrl = (client: { id: string }, more: Record<string, string> = {}) =>
  `/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT,
    scope: 'openid offline_access storage.read:/home wlcg.groups',
    state: 'some-state',
    ...more,
  })}`;

/** Logs in, answers the consent page, and returns the parameters of the redirect to the client. */
async function authorize(client: { id: string }, more: Record<string, string> = {}, approval = 'true') {
  const browser = new Browser(iam);
  const consent = await browser.logIn(await browser.open(authorizeUrl(client, more)));
  const answer = await browser.submit(consent, { user_oauth_approval: approval });
  return { consent, answer: new URL(answer.location ?? ''), browser };
}

const redeem = (
  client: { id: string; secret: string },
  code: string | null,
  more: Record<string, string> = {},
) =>
  iam.post(
    '/token',
    { grant_type: 'authorization_code', code: code ?? '', redirect_uri: REDIRECT, ...more },
    basic(client.id, client.secret),
  );

describe('the code flow', () => {
  it('leads through login and consent to tokens', async () => {
    const client = await registered();
    const pkce = { code_challenge: S256, code_challenge_method: 'S256' };
    const { consent, answer } = await authorize(client, {
      nonce: 'n-1',
      max_age: '600',
      audience: 'se.example',
      ...pkce,
    });
    expect(consent.text).toContain('Approval Required for oidc-agent:code');
    for (const scope of ['openid', 'offline_access', 'storage.read:/home', 'wlcg.groups']) {
      expect(consent.text).toContain(`<code>${scope}</code>`);
    }
    expect(answer.origin).toBe(REDIRECT);
    expect(answer.searchParams.get('state')).toBe('some-state');

    const tokens = await json(
      await redeem(client, answer.searchParams.get('code'), { code_verifier: VERIFIER }),
    );
    expect(tokens).toMatchObject({ scope: 'openid offline_access storage.read:/home wlcg.groups' });
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({
      sub: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      aud: 'se.example',
      'wlcg.groups': ['/Analysis', '/Production'],
    });
    expect(decodeJwt(String(tokens.id_token))).toMatchObject({ nonce: 'n-1', auth_time: expect.any(Number) });
    const refreshed = await iam.post(
      '/token',
      {
        grant_type: 'refresh_token',
        refresh_token: String(tokens.refresh_token),
        scope: 'storage.read:/home',
      },
      basic(client.id, client.secret),
    );
    expect(decodeJwt(String((await json(refreshed)).access_token)).aud).toBe('se.example');
  });

  it('accepts plain challenges, with and without a method, and public clients', async () => {
    const client = await registered({ token_endpoint_auth_method: 'none' });
    for (const method of [{ code_challenge_method: 'plain' }, {}]) {
      const { answer } = await authorize(client, { code_challenge: VERIFIER, ...method });
      const code = answer.searchParams.get('code');
      expect((await redeem(client, code, { code_verifier: VERIFIER })).status).toBe(200);
    }
  });

  it('refuses a wrong and a missing verifier', async () => {
    const client = await registered();
    const { answer } = await authorize(client, { code_challenge: S256, code_challenge_method: 'S256' });
    const code = answer.searchParams.get('code');
    for (const more of [{}, { code_verifier: `${VERIFIER}x` }, { code_verifier: S256 }]) {
      expect(await answerOf(await redeem(client, code, more))).toEqual([
        400,
        { error: 'invalid_request', error_description: 'Code challenge and verifier do not match' },
      ]);
    }
    expect((await redeem(client, code, { code_verifier: VERIFIER })).status).toBe(200);
  });

  it('gives tokens for a code once, and to its client only', async () => {
    const [client, other] = [await registered(), await registered()];
    const { answer } = await authorize(client);
    const code = answer.searchParams.get('code');
    const invalid = [
      400,
      {
        error: 'invalid_grant',
        error_description: `JpaAuthorizationCodeRepository: no authorization code found for value ${code}`,
      },
    ];
    expect(await answerOf(await redeem(other, code))).toEqual(invalid);
    expect((await redeem(client, code, { redirect_uri: 'http://localhost:1' })).status).toBe(400);
    const answers = await Promise.all([redeem(client, code), redeem(client, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await answerOf(await redeem(client, code))).toEqual(invalid);
    expect(await answerOf(await redeem(client, ''))).toEqual([
      400,
      { error: 'invalid_request', error_description: 'An authorization code must be supplied.' },
    ]);
  });

  it('reports a refusal to the client', async () => {
    const { answer } = await authorize(await registered(), {}, 'false');
    expect(answer.searchParams.get('error')).toBe('access_denied');
    expect(answer.searchParams.get('code')).toBeNull();
  });

  it('asks for consent each time, and for a login with prompt=login', async () => {
    const client = await registered();
    const { browser } = await authorize(client);
    expect((await browser.open(authorizeUrl(client))).text).toContain('Approval Required');
    const login = await browser.open(authorizeUrl(client, { prompt: 'login consent' }));
    expect(login.text).toContain('Sign in');
    expect((await browser.logIn(login)).text).toContain('Approval Required');
  });

  it('redirects only to registered URIs', async () => {
    const browser = new Browser(iam);
    const client = await registered();
    const page = await browser.logIn(
      await browser.open(authorizeUrl(client, { redirect_uri: 'http://localhost:4243' })),
    );
    expect([page.status, page.location]).toEqual([400, null]);
  });

  it('works with a redirect URI that has a private scheme', async () => {
    const client = await registered();
    const redirect_uri = 'edu.kit.data.oidc-agent:/redirect';
    const { consent, answer } = await authorize(client, { redirect_uri });
    expect(consent.headers.get('content-security-policy')).toContain(
      "form-action 'self' edu.kit.data.oidc-agent:",
    );
    const code = answer.searchParams.get('code');
    expect((await redeem(client, code, { redirect_uri })).status).toBe(200);
  });
});

describe('with --auto-approve', () => {
  it('the first redirect has the code, without a cookie, also for prompt=consent', async () => {
    const client = await registered({}, automatic);
    const response = await automatic.fetch(authorizeUrl(client, { audience: 'x', prompt: 'consent' }));
    const answer = new URL(response.headers.get('location') ?? '');
    expect(answer.origin).toBe(REDIRECT);
    const tokens = await automatic.post(
      '/token',
      {
        grant_type: 'authorization_code',
        code: answer.searchParams.get('code') ?? '',
        redirect_uri: REDIRECT,
      },
      basic(client.id, client.secret),
    );
    expect(decodeJwt(String((await json(tokens)).access_token))).toMatchObject({
      aud: 'x',
      scope: 'openid offline_access storage.read:/home wlcg.groups',
    });
  });
});
