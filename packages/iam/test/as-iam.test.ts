import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningIam, startIam } from '../src/server.ts';
import { tokensOf } from './administrator.ts';
import { basic, json, testIam } from './test-iam.ts';

const iam = testIam();

describe('an issuer that is configured without a slash', () => {
  let bare: RunningIam;
  beforeAll(async () => {
    bare = await startIam({ issuer: 'http://localhost:1', autoApprove: 'test' });
  });
  afterAll(() => bare.close());

  it('is so in access tokens; discovery, ID tokens and introspection add the slash', async () => {
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

  it('has the slash in access tokens, too, where it is configured with it, or not at all', async () => {
    const { access_token } = await tokensOf(iam, 'test', await iam.newDeviceClient());
    expect(decodeJwt(String(access_token)).iss).toBe(iam.issuer);
  });
});
