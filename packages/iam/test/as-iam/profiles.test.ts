import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { answerOf, basic, deviceTokens, json, testIam } from '../support/test-iam.ts';

const iam = testIam({ autoApprove: 'test', profile: 'iam' });
const STANDARD = ['client_id', 'exp', 'iat', 'iss', 'jti', 'sub'];

const claimsOf = (token: unknown) => decodeJwt(String(token));
const introspected = async (client: { id: string; secret: string }, token: unknown) =>
  json(await iam.post('/introspect', { token: String(token) }, basic(client.id, client.secret)));

describe('the profile of a client’s tokens', () => {
  it('is the default for a client without one, even if the request names one', async () => {
    const client = await iam.newDeviceClient('openid profile wlcg.groups');
    const tokens = await deviceTokens(iam, client, 'openid profile');
    expect(Object.keys(claimsOf(tokens.access_token)).sort()).toEqual(STANDARD);
    expect(claimsOf(tokens.id_token)).toMatchObject({ groups: ['Analysis', 'Pilots', 'Production'] });
  });

  it('is the one among its scopes, requested or not', async () => {
    const client = await iam.newDeviceClient('openid wlcg storage.read:/');
    const tokens = await deviceTokens(iam, client, 'openid');
    expect(claimsOf(tokens.access_token)).toMatchObject({
      'wlcg.ver': '1.0',
      aud: 'https://wlcg.cern.ch/jwt/v1/any',
    });
  });

  it('is the default for a client with several', async () => {
    const client = await iam.newDeviceClient('openid wlcg kc');
    const tokens = await deviceTokens(iam, client, 'openid');
    expect(Object.keys(claimsOf(tokens.access_token)).sort()).toEqual(STANDARD);
  });

  it('kc has roles, at introspection, too', async () => {
    const client = await iam.newDeviceClient('openid kc');
    const { access_token } = await deviceTokens(iam, client, 'openid');
    const roles = ['Analysis', 'Pilots', 'Production'];
    expect(claimsOf(access_token)).toMatchObject({ roles, scope: 'openid' });
    expect(await introspected(client, access_token)).toMatchObject({ roles, iss: iam.issuer });
  });

  it('aarc has eduPerson claims, and introspection has no issuer', async () => {
    const client = await iam.newDeviceClient('openid aarc eduperson_entitlement');
    const { access_token } = await deviceTokens(iam, client, undefined, { audience: 'a' });
    expect(claimsOf(access_token)).toMatchObject({
      aud: 'a',
      voperson_id: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
      eduperson_entitlement: expect.arrayContaining(['urn:geant:iam.example:group:Production']),
    });
    const answer = await introspected(client, access_token);
    expect(answer).toMatchObject({ active: true, entitlements: expect.any(Array) });
    expect(answer).not.toHaveProperty('iss');
    expect(answer).not.toHaveProperty('aud');
  });

  it('has no eduPerson claims in other profiles, which still have the scopes', async () => {
    const client = await iam.newDeviceClient('openid wlcg eduperson_entitlement');
    const tokens = await deviceTokens(iam, client);
    expect(tokens.scope).toBe('openid wlcg eduperson_entitlement');
    expect(claimsOf(tokens.access_token)).not.toHaveProperty('eduperson_entitlement');
  });
});

describe('introspection', () => {
  it('has names and groups by scope in the iam profile', async () => {
    const client = await iam.newDeviceClient('openid profile email');
    const { access_token } = await deviceTokens(iam, client);
    expect(await introspected(client, access_token)).toMatchObject({
      name: 'Test User',
      preferred_username: 'test',
      email: 'test@iam.test',
      groups: ['Analysis', 'Pilots', 'Production'],
    });
    const minimal = await deviceTokens(iam, client, 'openid');
    expect(await introspected(client, minimal.access_token)).not.toHaveProperty('groups');
  });
});

describe('userinfo', () => {
  it('in the iam profile has groups and organisation', async () => {
    const client = await iam.newDeviceClient('openid profile');
    const { access_token } = await deviceTokens(iam, client);
    const userinfo = await iam.fetch('/userinfo', { headers: { authorization: `Bearer ${access_token}` } });
    expect(await answerOf(userinfo)).toMatchObject([
      200,
      { organisation_name: 'jeton-iam', groups: ['Analysis', 'Pilots', 'Production'] },
    ]);
  });
});
