/**
 * oidc-provider as it comes, set up to do what jeton-iam does in bench/iam.ts and nothing else: access tokens that are JWTs
 * signed with RS256, for a resource; refresh tokens that stay the same; everything in memory. A separate process, which
 * prints the same line as `jeton-iam --json`, and a refresh token in it.
 */
import { generateKeyPair } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { machineClient, personalClient, resource, scope } from './scenario.ts';

// Says once on Node 20 that it wants a later one.
console.warn = () => {};
const [{ Provider }, { privateKey }] = await Promise.all([
  import('oidc-provider'),
  promisify(generateKeyPair)('rsa', { modulusLength: 2048 }),
]);

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
const issuer = `http://localhost:${port}`;

const WEEK_SECONDS = 7 * 24 * 3600;
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kty: 'RSA', alg: 'RS256', use: 'sig' }] },
  clients: [
    {
      ...personalClient,
      redirect_uris: [],
      response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    },
    { ...machineClient, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
  ],
  scopes: scope.split(' '),
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  rotateRefreshToken: false,
  ttl: { ClientCredentials: 3600, DeviceCode: 600, Grant: WEEK_SECONDS, RefreshToken: WEEK_SECONDS },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

// The state after a user has logged in.
const client = await provider.Client.find(personalClient.client_id);
if (client === undefined) throw new Error(`no client ${personalClient.client_id}`);
const grant = new provider.Grant({ clientId: client.clientId, accountId: 'test' });
grant.addOIDCScope('offline_access');
grant.addResourceScope(resource, scope);
const grantId = await grant.save();
const gty = 'device_code';
const login = new provider.RefreshToken({ client, accountId: 'test', grantId, gty, scope, resource });
const refreshToken = await login.save();

server.on('request', provider.callback());
console.log(JSON.stringify({ issuer, port, pid: process.pid, refreshToken }));
