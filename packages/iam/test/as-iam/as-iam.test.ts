import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server.ts';
import { tokensOf } from '../support/administrator.ts';
import { Browser } from '../support/browser.ts';
import { answerOf, basic, json, testIam } from '../support/test-iam.ts';

const iam = testIam();

describe('an issuer that is configured without a slash', () => {
  let bare: RunningServer;
  beforeAll(async () => {
    bare = await startServer({ issuer: 'http://localhost:1', autoApprove: 'test' });
  });
  afterAll(() => bare.close());

  it('has no slash in access tokens; discovery, ID tokens and introspection add it', async () => {
    const fetchOf = async (path: string, form?: Record<string, string>) => {
      const client = basic('device-code-client', 'secret');
      const request = form && { method: 'POST', headers: client, body: new URLSearchParams(form) };
      return json(await fetch(`http://localhost:${bare.port}${path}`, request));
    };
    const { device_code } = await fetchOf('/devicecode', {
      client_id: 'device-code-client',
      scope: 'openid',
    });
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const tokens = await fetchOf('/token', { grant_type, device_code: String(device_code) });
    expect(decodeJwt(String(tokens.access_token)).iss).toBe('http://localhost:1');
    expect(decodeJwt(String(tokens.id_token)).iss).toBe('http://localhost:1/');
    expect(await fetchOf('/introspect', { token: String(tokens.access_token) })).toMatchObject({
      active: true,
      iss: 'http://localhost:1/',
    });
    expect(await fetchOf('/.well-known/openid-configuration')).toMatchObject({
      issuer: 'http://localhost:1/',
      token_endpoint: 'http://localhost:1/token',
    });
    expect(bare.issuer).toBe('http://localhost:1/');
  });

  it('has the slash in access tokens, too, if it is configured with it or not at all', async () => {
    const { access_token } = await tokensOf(iam, 'test', await iam.newDeviceClient());
    expect(decodeJwt(String(access_token)).iss).toBe(iam.issuer);
  });
});

describe('/register', () => {
  it('gives 405 for POST and 404 for GET', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await iam.fetch('/register', { method });
      expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([
        405,
        'GET, HEAD',
        '',
      ]);
    }
    expect((await iam.fetch('/register')).status).toBe(404);
  });
});

describe('user codes', () => {
  it('have letters, digits, - and _, and work in lower case, but not without their punctuation', async () => {
    const codes: string[] = [];
    do {
      const { user_code } = await json(await iam.post('/devicecode', { client_id: 'public-dc-client' }));
      codes.push(String(user_code));
    } while (codes.length < 30 || !/[-_]/.test(codes.at(-1) ?? ''));
    expect(codes.filter((code) => !/^[0-9A-Z_-]{6}$/.test(code))).toEqual([]);
    const code = codes.at(-1) ?? '';
    const decision = { user: 'test', approve: true };
    expect(() => iam.control.decide(code.replace(/[-_]/g, ''), decision)).toThrow('not found');
    iam.control.decide(code.toLowerCase(), decision);
  });
});

describe('discovery', () => {
  it('lists the encryption that IAM lists', async () => {
    const document = await json(await iam.fetch('/.well-known/openid-configuration'));
    for (const kind of ['id_token', 'userinfo', 'request_object']) {
      expect([document[`${kind}_encryption_alg_values_supported`]].flat().sort()).toEqual([
        'RSA-OAEP',
        'RSA-OAEP-256',
        'RSA-OAEP-384',
        'RSA-OAEP-512',
        'RSA1_5',
      ]);
      expect([document[`${kind}_encryption_enc_values_supported`]].flat().sort()).toEqual([
        'A128CBC+HS256',
        'A128CBC-HS256',
        'A128GCM',
        'A192CBC-HS384',
        'A192GCM',
        'A256CBC+HS512',
        'A256CBC-HS512',
        'A256GCM',
        'XC20P',
      ]);
    }
  });

  it('also answers with a slash at the end', async () => {
    const path = '/.well-known/openid-configuration';
    expect(await answerOf(await iam.fetch(`${path}/`))).toEqual(await answerOf(await iam.fetch(path)));
  });
});

describe('slashes in a row', () => {
  // The URL constructor would read `//path` as a host.
  const fetchPath = (path: string, init?: RequestInit) =>
    fetch(`${iam.issuer.slice(0, -1)}${path}`, { redirect: 'manual', ...init });

  it('count as one', async () => {
    expect((await json(await fetchPath('//.well-known/openid-configuration'))).issuer).toBe(iam.issuer);
    const { access_token } = await tokensOf(iam, 'test', await iam.newDeviceClient());
    const headers = { authorization: `Bearer ${access_token}` };
    expect(await json(await fetchPath('///userinfo', { headers }))).toHaveProperty('sub');
    expect((await fetchPath('//jwk')).status).toBe(200);
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    const token = { method: 'POST', headers: basic('client-cred', 'secret'), body: form };
    expect((await fetchPath('//token', token)).status).toBe(200);
    expect(await answerOf(await fetchPath('//iam//api//client-registration///x'))).toEqual([
      400,
      { error: 'Invalid registration access token' },
    ]);
  });

  it('lead to no other server, and bypass no check', async () => {
    expect((await fetchPath('//evil.example//device')).status).toBe(404);
    const login = await fetchPath('//device?user_code=A//B');
    expect(login.headers.get('location')).toBe(`/login?to=${encodeURIComponent('/device?user_code=A//B')}`);
    for (const target of ['//evil.example', '///evil.example']) {
      expect((await fetchPath(`//login?to=${encodeURIComponent(target)}`)).status).toBe(400);
    }
    const browser = new Browser(iam);
    await browser.logIn(await browser.open('/login'), 'admin');
    const elsewhere = { method: 'POST', headers: { origin: 'http://evil.example' } };
    expect((await browser.open(`${iam.issuer}/logout`, elsewhere)).status).toBe(403);
    const proxied = { headers: { 'x-forwarded-for': '192.0.2.1' } };
    expect((await fetchPath('//dev//requests', proxied)).status).toBe(403);
  });
});
