/**
 * An issuer for bench/agent.ts that answers at once, so that a refresh takes what the agent and https take. A process of its
 * own. What is below its address are three issuers:
 *
 * - `/steady`: lets a client keep its refresh token
 * - `/rotating`: gives a new refresh token with every access token
 * - `/slow`: takes three seconds for a token, and notifies its parent when a client asks for one
 *
 * Arguments: the file of the certificate, that of its key, and how many seconds its tokens are valid.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certificate = '', key = '', lifetime = '3600'] = process.argv.slice(2);

/** Milliseconds. */
const DELAY_MS = 3000;
/** As long as a token of the WLCG profile. */
const accessToken = randomBytes(600).toString('base64url');
let rotations = 0;

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key) },
  (request, response) => {
    const [, name = '', ...path] = (request.url ?? '').split('/');
    const answer = (members: object) => response.end(JSON.stringify(members));
    response.setHeader('content-type', 'application/json');
    request.resume();
    if (path.join('/') === '.well-known/openid-configuration') answer(metadata(name));
    else if (path.join('/') !== 'token') response.writeHead(404).end();
    else if (name !== 'slow') answer(tokens(name));
    else {
      process.stdout.write('asked\n');
      setTimeout(() => answer(tokens(name)), DELAY_MS);
    }
  },
);
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = server.address();
const origin = `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
process.stdout.write(`${origin}\n`);

function metadata(name: string): object {
  const issuer = `${origin}/${name}/`;
  return {
    issuer,
    authorization_endpoint: `${issuer}authorize`,
    token_endpoint: `${issuer}token`,
    jwks_uri: `${issuer}jwk`,
    scopes_supported: ['openid', 'offline_access'],
    grant_types_supported: ['refresh_token'],
    response_types_supported: ['code'],
  };
}

function tokens(name: string): object {
  const tokens = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: Number(lifetime),
    scope: 'openid offline_access',
  };
  if (name !== 'rotating') return tokens;
  rotations += 1;
  return { ...tokens, refresh_token: `refresh token ${rotations}` };
}
