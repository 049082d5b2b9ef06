import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Sandbox } from '../computer/sandbox.ts';

export interface MytokenServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** The JSON requests to the mytoken endpoint, without those that only look whether the user has consented. */
  readonly requests: Record<string, unknown>[];
  /** The mytokens that are good. */
  readonly mytokens: ReadonlySet<string>;
  /** Replaces each mytoken when it is used, as one with `rotation` is. */
  rotates: boolean;
  /** What the user says to the next login. */
  user: 'consents' | 'hesitates, then consents' | 'declines';
}

/** The one issuer whose tokens it gives. */
export const ISSUER = 'https://iam.example/';

/**
 * Starts a small mytoken server; it ends with the sandbox. It gives tokens for a mytoken, and nothing to a
 * request with a client.
 */
export async function startMytokenServer(sandbox: Sandbox): Promise<MytokenServer> {
  const mytokens = new Set<string>();
  const polled = new Set<unknown>();
  let count = 0;
  const http = createServer((request, response) => void answer(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  sandbox.onClose(() => http.close());
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the mytoken server does not listen');
  const url = `http://127.0.0.1:${address.port}`;
  const server: MytokenServer = { url, requests: [], mytokens, rotates: false, user: 'consents' };

  function newMytoken(): string {
    count += 1;
    mytokens.add(`mytoken-${count}`);
    return `mytoken-${count}`;
  }

  function replaced(mytoken: string): object {
    if (!server.rotates) return {};
    mytokens.delete(mytoken);
    return { token_update: { mytoken: newMytoken(), mytoken_type: 'token' } };
  }

  const unknown: [number, object] = [401, { error: 'invalid_token', error_description: 'unknown mytoken' }];

  /** Status and answer of the mytoken endpoint. */
  function mytokenAnswer(request: Record<string, unknown>): [number, object] {
    const { grant_type, oidc_issuer, polling_code, mytoken } = request;
    if (grant_type === 'polling_code') {
      if (server.user === 'declines') return [401, { error: 'access_denied' }];
      const hesitates = server.user !== 'consents' && !polled.has(polling_code);
      polled.add(polling_code);
      return hesitates
        ? [428, { error: 'authorization_pending' }]
        : [200, { mytoken: newMytoken(), mytoken_type: 'token', expires_in: 86400 }];
    }
    server.requests.push(request);
    if (oidc_issuer !== ISSUER) return [400, { error: 'invalid_request' }];
    if (grant_type === 'mytoken') {
      if (typeof mytoken !== 'string' || !mytokens.has(mytoken)) return unknown;
      const made =
        request.response_type === 'transfer_code' ? { transfer_code: 'TC' } : { mytoken: newMytoken() };
      return [200, { ...made, mytoken_type: 'token', expires_in: 600, ...replaced(mytoken) }];
    }
    count += 1;
    return [
      200,
      { consent_uri: `${url}/c/${count}`, polling_code: `polling-${count}`, expires_in: 300, interval: 1 },
    ];
  }

  /** Status and answer of the token endpoint. */
  function tokenAnswer(form: URLSearchParams, authorization: string | undefined): [number, object] {
    const mytoken = form.get('refresh_token') ?? '';
    if (authorization !== undefined || form.has('client_id')) return [400, { error: 'invalid_request' }];
    if (form.get('grant_type') !== 'refresh_token' || !mytokens.has(mytoken)) return unknown;
    count += 1;
    const token = { access_token: `access-token-${count}`, token_type: 'Bearer', expires_in: 3600 };
    return [200, { ...token, ...replaced(mytoken) }];
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [status, json] = route(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  }

  function route({ url: path, headers }: IncomingMessage, body: string): [number, object] {
    switch (path) {
      case '/.well-known/openid-configuration':
        return [
          200,
          {
            issuer: url,
            token_endpoint: `${url}/token`,
            mytoken_endpoint: `${url}/my`,
            revocation_endpoint: `${url}/revoke`,
            providers_supported: [{ issuer: ISSUER, scopes_supported: ['openid', 'storage.read:/'] }],
          },
        ];
      case '/my':
        return mytokenAnswer(JSON.parse(body));
      case '/token':
        return tokenAnswer(new URLSearchParams(body), headers.authorization);
      case '/revoke':
        mytokens.delete(JSON.parse(body).token);
        return [200, {}];
      default:
        return [404, {}];
    }
  }
  return server;
}
