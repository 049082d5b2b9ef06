import type { Middleware } from 'koa';
import { type Client, scopesOf } from '../clients/clients.ts';
import { OAuthError, PageError } from '../errors.ts';
import { forbiddenScope } from '../grants/client-scopes.ts';
import { codeChallenge } from '../grants/pkce.ts';
import type { Iam } from '../iam.ts';
import { REQUESTED_SCOPE } from '../oidc-provider/provider.ts';
import { memoryStore } from '../state/store.ts';
import { parseScope } from '../tokens/scopes.ts';
import { loginUrl, type Sessions } from '../users/sessions.ts';

/**
 * Runs before oidc-provider's `GET /authorize`: answers with IAM's error pages, redirects users without a login to the login page, and
 * translates requests that IAM accepts and oidc-provider does not.
 */
export function authorizationRequest(
  iam: Pick<Iam, 'autoApprove' | 'clients' | 'now' | 'scopes' | 'store'>,
  sessions: Sessions,
): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/authorize' || ctx.method !== 'GET') return next();
    const query = new URLSearchParams(ctx.querystring);
    const client = iam.clients.get(query.get('client_id') ?? '');
    if (client === undefined && query.has('client_id')) {
      throw new PageError(401, `invalid_client: Client with id ${query.get('client_id')} was not found`, {
        advice: `${iam.store === memoryStore ? 'Without --data, jeton-iam forgets registered clients when it stops. ' : ''}Register the program again; oidc-gen does that for a new account.`,
      });
    }
    checkResponseType(client, query.get('response_type') ?? '');

    if (iam.autoApprove !== undefined) {
      await sessions.logInForRequest(ctx, iam.autoApprove);
      // Programs that want a refresh token request the consent page, but with --auto-approve no user answers it.
      if (promptsOf(query).includes('consent')) query.delete('prompt');
    } else if (!promptsOf(query).includes('none')) {
      const login = await sessions.current(ctx);
      if (login === undefined || wantsNewLogin(query, iam.now() - login.loginTime)) {
        dropSatisfiedPrompt(query);
        ctx.redirect(loginUrl(`/authorize?${query}`));
        ctx.status = 303;
        return;
      }
    }

    if (client?.active === false) {
      throw new PageError(401, `Client is suspended: ${client.client_id}`, {
        client,
        advice: 'An administrator can activate it again.',
      });
    }
    const scope = query.get('scope')?.trim() || (client === undefined ? '' : scopesOf(client).join(' '));
    if (client !== undefined) checkScope(iam, client, parseScope(scope));
    query.set(REQUESTED_SCOPE, scope);
    // oidc-provider drops scopes that are not in its list, such as those with paths and groups, so it gets only this one.
    query.set('scope', 'openid');
    hashPlainChallenge(query);
    ctx.querystring = query.toString();
    return next();
  };
}

/** @throws PageError 400 for a response type other than `code` and `token` */
function checkResponseType(client: Client | undefined, responseType: string): void {
  const types = parseScope(responseType);
  if (types.includes('code') || types.includes('token')) return;
  throw new PageError(400, `unsupported_response_type: Unsupported response types: [${types.join(', ')}]`, {
    client,
    advice: 'The program has to send response_type=code.',
  });
}

/** @throws PageError 400 for a scope that the client may not request */
function checkScope(iam: Pick<Iam, 'scopes'>, client: Client, scopes: readonly string[]): void {
  try {
    const forbidden = forbiddenScope(iam, client, scopes);
    if (forbidden === undefined) return;
    throw new OAuthError(400, 'invalid_scope', `Invalid scope: ${forbidden}; this client may not ask for it`);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new PageError(error.status, `${error.error}: ${error.error_description}`, {
      client,
      advice: `It may ask for ${client.scope}. Restricted scopes need an administrator, others a new registration.`,
    });
  }
}

/** Whether the request asks for a login newer than this one, `age` seconds old (OpenID Connect Core section 3.1.2.1). */
function wantsNewLogin(query: URLSearchParams, age: number): boolean {
  const maxAge = query.get('max_age');
  return promptsOf(query).includes('login') || (maxAge !== null && age > Number(maxAge));
}

/** Removes the parameters that ask for a login: the user returns to this request after the login, and must not be asked again. */
function dropSatisfiedPrompt(query: URLSearchParams): void {
  const prompts = promptsOf(query).filter((prompt) => prompt !== 'login');
  query.delete('prompt');
  if (prompts.length > 0) query.set('prompt', prompts.join(' '));
  if (query.get('max_age') === '0') query.set('max_age', '60');
}

function promptsOf(query: URLSearchParams): string[] {
  return (query.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== '');
}

/**
 * Hashes a `plain` PKCE challenge, which is the verifier itself, to one of the kind `S256`. IAM accepts both, oidc-provider only
 * `S256`.
 */
function hashPlainChallenge(query: URLSearchParams): void {
  const challenge = query.get('code_challenge');
  if (challenge === null || (query.get('code_challenge_method') ?? 'plain') !== 'plain') return;
  query.set('code_challenge', codeChallenge(challenge));
  query.set('code_challenge_method', 'S256');
}
