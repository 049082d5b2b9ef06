import { describe, expect, test } from 'vitest';
import { type Answer, type ReceivedRequest, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { deleteClient, registerClient } from './registration.ts';

const scope = 'openid offline_access storage.read:/';

async function register(answer: Answer | Answer[], extra: { initialAccessToken?: Secret } = {}) {
  const { metadata, requests } = await scriptedIssuer({ '/register': answer });
  return {
    result: registerClient({ metadata, clientName: 'oidc-agent:x-host', scope, flows: ['device'], ...extra }),
    requests,
  };
}

test('a client is registered for the device flow, as a native application', async () => {
  const { result, requests } = await register({ status: 201, json: { client_id: 'c' } });
  await result;
  expect(requests[0]?.headers['content-type']).toBe('application/json');
  expect(requests[0]?.headers.authorization).toBeUndefined();
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    application_type: 'native',
    client_name: 'oidc-agent:x-host',
    grant_types: ['refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: [],
    redirect_uris: [
      'http://localhost:4242',
      expect.stringMatching(/^http:\/\/localhost:\d{4,5}$/),
      'http://localhost:8080',
      'http://127.0.0.1:4242',
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d{4,5}$/),
      'http://127.0.0.1:8080',
      'edu.kit.data.oidc-agent:/redirect',
    ],
    scope,
  });
});

test("INDIGO IAM's answer is accepted: booleans, no expiry of the secret, another date", async () => {
  const json = {
    client_id: 'c',
    client_secret: 's',
    registration_access_token: 'rat',
    registration_client_uri: 'https://issuer.example/register/c',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['refresh_token'],
    scope,
    reuse_refresh_token: true,
    active: true,
    created_at: 1795458238000,
    client_id_issued_at: '2026-11-23',
    response_types: null,
  };
  const client = await (await register({ status: 201, json })).result;
  expect(client).toMatchObject({
    clientId: 'c',
    clientIdIssuedAt: undefined,
    registrationClientUri: 'https://issuer.example/register/c',
    tokenEndpointAuthMethod: 'client_secret_basic',
    grantTypes: ['refresh_token'],
    responseTypes: [],
    scope,
    refusedScopes: [],
  });
  expect([client.clientSecret?.reveal(), client.registrationAccessToken?.reveal()]).toEqual(['s', 'rat']);
});

test('the expiry of a client secret is kept; 0 means none (RFC 7591 3.2.1)', async () => {
  const end = async (client_secret_expires_at: unknown) =>
    (await (await register({ status: 201, json: { client_id: 'c', client_secret_expires_at } })).result)
      .clientSecretExpiresAt;
  expect(await end(2_000_000_000)).toBe(2_000_000_000);
  for (const none of [0, undefined, null, -1, 'soon', 1.5]) expect(await end(none)).toBeUndefined();
});

test('scopes that the issuer silently dropped are listed', async () => {
  const json = { client_id: 'c', scope: 'offline_access openid' };
  const { refusedScopes, scope: granted } = await (await register({ status: 201, json })).result;
  expect([refusedScopes, granted]).toEqual([['storage.read:/'], 'offline_access openid']);
});

test('null as scopes means none at an INDIGO IAM, and is ignored at other issuers', async () => {
  const scopes = async (more: object) => {
    const { metadata } = await scriptedIssuer({
      '/register': { status: 201, json: { client_id: 'c', scope: null } },
    });
    const issuer = { ...metadata, ...more };
    const request = {
      metadata: issuer,
      clientName: 'oidc-agent:x',
      scope: 'a b',
      flows: ['device'] as const,
    };
    const { refusedScopes, scope: granted } = await registerClient(request);
    return { refusedScopes, granted };
  };
  expect(await scopes({ scim_endpoint: 'x' })).toEqual({ refusedScopes: ['a', 'b'], granted: '' });
  expect(await scopes({})).toEqual({ refusedScopes: [], granted: 'a b' });
});

test('a protected registration gets its access token, which no error repeats', async () => {
  const initialAccessToken = new Secret('initial-token');
  const json = { error: 'invalid_token', error_description: 'initial-token is over' };
  const { result, requests } = await register({ status: 401, json }, { initialAccessToken });
  await expect(result).rejects.toThrow(/^invalid_token: \[secret\] is over$/);
  expect(requests[0]?.headers.authorization).toBe('Bearer initial-token');
});

test("the error of a refusal has the issuer's text", async () => {
  const { result } = await register({ status: 400, json: { error: 'Client registration is disabled' } });
  await expect(result).rejects.toMatchObject({ message: 'Client registration is disabled', status: 400 });
});

test('issuers without registration or device flow get no request', async () => {
  const { metadata, requests } = await scriptedIssuer({});
  const { registration_endpoint: _, ...closed } = metadata;
  const withoutDevice = { ...metadata, grant_types_supported: ['authorization_code'] };
  for (const [issuer, message] of [
    [closed, /^Dynamic registration is not supported by this issuer\./],
    [withoutDevice, /^Device Flow not Supported by OpenID Provider$/],
  ] as const) {
    const result = registerClient({ metadata: issuer, clientName: 'oidc-agent:x', scope, flows: ['device'] });
    await expect(result).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(message),
    });
  }
  expect(requests).toEqual([]);
});

test.each([
  [204, 'deleted'],
  [401, 'gone already'],
])('a client whose deletion is answered with %i is %s', async (status) => {
  const { url, requests } = await scriptedIssuer({ '/register/c': { status } });
  await deleteClient(`${url}/register/c`, new Secret('rat'), { issuer: url });
  expect(requests[0]).toMatchObject({ method: 'DELETE', headers: { authorization: 'Bearer rat' } });
});

test('a refused deletion is an error', async () => {
  const { url } = await scriptedIssuer({
    '/register/c': { status: 403, json: { error: 'Client is suspended' } },
  });
  const deletion = deleteClient(`${url}/register/c`, new Secret('rat'), { issuer: url });
  await expect(deletion).rejects.toMatchObject({ status: 403, message: 'Client is suspended' });
});

test('the registration token is not sent unencrypted', async () => {
  const deletion = deleteClient('http://issuer.example/register/c', new Secret('rat'), {
    issuer: 'https://issuer.example',
  });
  await expect(deletion).rejects.toMatchObject({ kind: 'untrusted' });
});

test.each<[string, (uri: string) => boolean]>([
  ['our own scheme', (uri) => uri.startsWith('edu.kit')],
  ['an address in place of localhost', (uri) => uri.includes('127.0.0.1')],
  ['both', (uri) => !uri.includes('localhost')],
])(
  'an issuer may refuse %s: the client is registered without, and with everything else',
  async (_what, isRefused) => {
    const { result, requests } = await register(({ body }, response) => {
      const refused = JSON.parse(body).redirect_uris.some(isRefused);
      const answer = refused ? { error: 'Invalid redirect URI: not here' } : { client_id: 'c' };
      response.writeHead(refused ? 400 : 201).end(JSON.stringify(answer));
    });
    const { redirectUris } = await result;
    const first: string[] = JSON.parse(requests[0]?.body ?? '').redirect_uris;
    expect(redirectUris).toEqual(
      first.filter((uri) => !isRefused(uri)).map((uri) => expect.stringMatching(portless(uri))),
    );
  },
);

test('an issuer that refuses every list gets four requests; a refusal for another reason ends them', async () => {
  const uris = { error: 'invalid_redirect_uri' };
  const [first, other] = [
    { status: 400, json: uris },
    { status: 400, json: { error: 'invalid_client_metadata' } },
  ];
  const stubborn = await register(first);
  await expect(stubborn.result).rejects.toMatchObject({ error: 'invalid_redirect_uri' });
  expect(stubborn.requests).toHaveLength(4);
  const strict = await register(other);
  await expect(strict.result).rejects.toMatchObject({ error: 'invalid_client_metadata' });
  expect(strict.requests).toHaveLength(1);
});

/** The same redirect URI with any port: one of them is another one each time. */
const portless = (uri: string) => new RegExp(`^${uri.replace(/\d+$/, '\\d+')}$`);

test('a public client for the code flow, with redirect URIs of its own', async () => {
  const { metadata, requests } = await scriptedIssuer({
    '/register': { status: 201, json: { client_id: 'c' } },
  });
  const redirectUris = ['http://127.0.0.1/callback'];
  await registerClient({
    metadata,
    clientName: 'name',
    scope,
    flows: ['code'],
    redirectUris,
    isPublic: true,
  });
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    application_type: 'native',
    client_name: 'name',
    grant_types: ['refresh_token', 'authorization_code'],
    response_types: ['code'],
    redirect_uris: redirectUris,
    token_endpoint_auth_method: 'none',
    scope,
  });
});

describe('openid', () => {
  test('may be requested, although the issuer does not list it', async () => {
    const json = { client_id: 'c', scope: 'offline_access storage.read:/' };
    const { refusedScopes, scope: granted } = await (await register({ status: 201, json })).result;
    expect([refusedScopes, granted]).toEqual([[], 'openid offline_access storage.read:/']);
  });

  test('is not registered where the issuer refuses it, but requested in the login', async () => {
    const json = { client_id: 'c', scope: 'offline_access storage.read:/' };
    const { result, requests } = await register([
      keycloakRefuses('Allowed Client Scopes'),
      { status: 201, json },
    ]);
    const { refusedScopes, scope: granted } = await result;
    expect([refusedScopes, granted]).toEqual([[], 'openid offline_access storage.read:/']);
    expect(scopes(requests)).toEqual([scope, 'offline_access storage.read:/']);
  });
});

test('an issuer that refuses any list of scopes gets none; the login requests all scopes', async () => {
  const refused = keycloakRefuses('Allowed Client Scopes');
  const json = { client_id: 'c', scope: 'profile' };
  const { result, requests } = await register([refused, refused, { status: 201, json }]);
  expect(await result).toMatchObject({ clientId: 'c', scope, refusedScopes: [] });
  expect(scopes(requests)).toEqual([scope, 'offline_access storage.read:/', undefined]);
});

test('an issuer that refuses the client for another reason, or in any case, gets no further request', async () => {
  const untrusted = await register(keycloakRefuses('Trusted Hosts'));
  await expect(untrusted.result).rejects.toThrow("Policy 'Trusted Hosts' rejected request");
  expect(untrusted.requests).toHaveLength(1);
  const closed = await register({ status: 400, json: { error: 'invalid_scope' } });
  await expect(closed.result).rejects.toMatchObject({ kind: 'scope_refused' });
  expect(closed.requests).toHaveLength(3);
});

test('an issuer may refuse both scopes and redirect URIs', async () => {
  const uris = { status: 400, json: { error: 'invalid_redirect_uri' } };
  const named = keycloakRefuses('Allowed Client Scopes');
  const { result, requests } = await register([uris, named, uris, { json: { client_id: 'c' } }]);
  const { redirectUris, scope: granted } = await result;
  expect(redirectUris).not.toContain('edu.kit.data.oidc-agent:/redirect');
  expect(granted).toBe(scope);
  expect(scopes(requests).at(-1)).toBe('offline_access storage.read:/');
});

const keycloakRefuses = (policy: string): Answer => ({
  status: 403,
  json: {
    error: 'insufficient_scope',
    error_description: `Policy '${policy}' rejected request to client-registration service. Details: Not permitted`,
  },
});

const scopes = (requests: readonly ReceivedRequest[]) => requests.map(({ body }) => JSON.parse(body).scope);

test.each([
  [keycloakRefuses('Trusted Hosts'), /only for computers that it trusts/],
  [
    {
      status: 400,
      json: {
        error: 'registerClient.request.clientName: Invalid length: must be between 4 and 256 characters',
      },
    },
    /another name/,
  ],
])('the error of a refusal %j has a hint', async (answer, hint) => {
  const { result } = await register(answer);
  await expect(result).rejects.toMatchObject({ hints: [expect.stringMatching(hint)] });
});
