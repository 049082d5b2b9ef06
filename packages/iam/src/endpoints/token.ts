import { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Client } from '../clients/clients.ts';
import { OAuthError } from '../errors.ts';
import { TOKEN_ENDPOINT_GRANTS, TOKEN_EXCHANGE } from '../grants/names.ts';
import { readForm } from '../http/body.ts';
import { authenticateClient } from '../http/client-authentication.ts';
import type { Iam } from '../iam.ts';
import { requestedAudience } from '../tokens/audience.ts';
import { parseScope } from '../tokens/scopes.ts';

/**
 * Stands before oidc-provider's `POST /token`: accepts there what IAM accepts, refuses in IAM's words what IAM
 * refuses, and hands on the request in the one form that RFC 6749 and oidc-provider know. A client that proves itself
 * with an assertion (RFC 7523) is left to oidc-provider.
 */
export function tokenRequest(iam: Pick<Iam, 'clients'>): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/token' || ctx.method !== 'POST') return next();
    const form = await readForm(ctx);
    refuseRepetition(form);
    const scopes = parseScope(form.get('scope') ?? undefined);
    const client = form.has('client_assertion') ? undefined : authenticateClient(iam, ctx, form);
    requireScopeForExchange(form.get('grant_type'), scopes);
    if (client !== undefined) {
      checkGrantType(form.get('grant_type'), client);
      form.set('client_id', client.client_id);
      form.delete('client_secret');
      if (client.client_secret !== undefined) form.set('client_secret', client.client_secret);
    }
    // oidc-provider hides empty parameters from the grants, and IAM refuses an empty resource.
    requestedAudience(Object.fromEntries(form));
    form.delete('scope');
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    replaceBody(ctx, form.toString());
    return next();
  };
}

/** RFC 6749 section 3.2. oidc-provider refuses it too, but does not see what is replaced before it gets the form. */
function refuseRepetition(form: URLSearchParams): void {
  const names = [...form.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new OAuthError(400, 'invalid_request', `'${repeated}' parameter must not be provided twice`);
}

/** IAM looks at this before it looks whether the client has the grant. */
function requireScopeForExchange(grantType: string | null, scopes: readonly string[]): void {
  if (grantType !== TOKEN_EXCHANGE || scopes.length > 0) return;
  const text = 'The scope parameter is required for a token exchange request!';
  throw new OAuthError(400, 'invalid_request', text);
}

function checkGrantType(grantType: string | null, client: Client): void {
  if (grantType === null || grantType === '')
    throw new OAuthError(400, 'invalid_request', 'Missing grant type');
  if (!TOKEN_ENDPOINT_GRANTS.includes(grantType)) {
    throw new OAuthError(400, 'unsupported_grant_type', 'Unsupported grant type');
  }
  if (!client.grant_types.includes(grantType)) {
    throw new OAuthError(401, 'invalid_client', 'Unauthorized grant type');
  }
}

/**
 * Puts another request in place of one that has been read, with the same head and another form as its body. oidc-provider would
 * also take a parsed form from `ctx.request.body`, but then it prints a warning that advises against it
 * (`shared/selective_body.js` in 9.x).
 */
function replaceBody(ctx: Context, body: string): void {
  const request = new IncomingMessage(ctx.req.socket);
  request.method = ctx.req.method ?? 'POST';
  request.url = ctx.req.url ?? '/token';
  request.httpVersion = ctx.req.httpVersion;
  request.headers = {
    ...ctx.req.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
  delete request.headers.authorization;
  delete request.headers['transfer-encoding'];
  // Without this Node takes the request for one that was cut off, and closes the connection.
  request.complete = true;
  request.push(body);
  request.push(null);
  ctx.req = request;
  ctx.request.req = request;
  ctx.response.req = request;
}
