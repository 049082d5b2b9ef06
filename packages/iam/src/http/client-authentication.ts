import type { Context } from 'koa';
import type { Client } from '../clients/clients.ts';
import { AuthenticationError, OAuthError } from '../errors.ts';
import type { Iam } from '../iam.ts';
import { sameText } from '../same-text.ts';
import { notAuthenticated } from './bearer-token.ts';

/**
 * Authenticates the client of a request by its secret (RFC 6749 section 2.3.1): in the `Authorization` header or, if the form is
 * given, in `client_id` and `client_secret`.
 *
 * As in IAM a client may use either, whichever it registered. A client without a secret has an empty one: its id is enough, also as
 * Basic credentials with an empty password.
 * @throws OAuthError 401
 */
export function authenticateClient(iam: Pick<Iam, 'clients'>, ctx: Context, form?: URLSearchParams): Client {
  const basic = basicCredentials(ctx.get('Authorization'));
  if (basic !== undefined) {
    const client = clientWithSecret(iam, basic.id, basic.secret);
    if (client === undefined) throw new AuthenticationError('unauthorized', 'Bad credentials');
    if (form?.has('client_id') && form.get('client_id') !== client.client_id) {
      throw new OAuthError(401, 'invalid_client', 'Given client ID does not match authenticated client');
    }
    refuseSuspended(client);
    return client;
  }
  const id = form?.get('client_id');
  if (id === undefined || id === null) throw notAuthenticated();
  const client = clientWithSecret(iam, id, form?.get('client_secret') ?? '');
  if (client === undefined) throw new AuthenticationError('invalid_client', 'Bad client credentials', 'Form');
  refuseSuspended(client);
  return client;
}

/** @throws OAuthError 401 if an administrator has suspended the client */
export function refuseSuspended({ active, client_id }: Client): void {
  if (!active) throw new OAuthError(401, 'invalid_client', `Client is suspended: ${client_id}`);
}

function clientWithSecret(iam: Pick<Iam, 'clients'>, id: string, secret: string): Client | undefined {
  const client = iam.clients.get(id);
  if (client === undefined || client.token_endpoint_auth_method.endsWith('_jwt')) return undefined;
  return sameText(client.client_secret ?? '', secret) ? client : undefined;
}

/** Basic credentials (RFC 7617), form-encoded or not: oidc-agent and curl do not encode them. */
export function basicCredentials(header: string): { id: string; secret: string } | undefined {
  const encoded = /^basic +(\S+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id: formDecode(id), secret: formDecode(secret.join(':')) };
}

/** Undoes the form encoding of RFC 6749 section 2.3.1, which only clients with unusual names and secrets notice. */
function formDecode(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
  } catch {
    return text;
  }
}
