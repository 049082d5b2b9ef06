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
 * Runs before oidc-provider's `POST /token`: accepts what IAM accepts, answers with IAM's errors, and rewrites the request into the
 * form that oidc-provider expects. oidc-provider authenticates clients with an assertion (RFC 7523) itself.
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
    // IAM refuses an empty resource, but oidc-provider hides empty parameters from the grants.
    requestedAudience(Object.fromEntries(form));
    form.delete('scope');
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    replaceBody(ctx, form.toString());
    return next();
  };
}

/** RFC 6749 section 3.2. oidc-provider also refuses repeated parameters, but does not see those that we replace. */
function refuseRepetition(form: URLSearchParams): void {
  const names = [...form.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new OAuthError(400, 'invalid_request', `'${repeated}' parameter must not be provided twice`);
}

/** IAM checks this before it checks whether the client may use the grant. */
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
 * Replaces a request whose body we have read by one with the same headers and another form. oidc-provider would also accept a parsed
 * form in `ctx.request.body`, but then warns against it (`shared/selective_body.js` in 9.x).
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
  // Otherwise Node treats the request as aborted, and closes the connection.
  request.complete = true;
  request.push(body);
  request.push(null);
  ctx.req = request;
  ctx.request.req = request;
  ctx.response.req = request;
}
