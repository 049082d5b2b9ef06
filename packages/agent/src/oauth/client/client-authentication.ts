import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi';
import type { Secret } from '../../secret.ts';

/**
 * How a client authenticates at the token endpoint (RFC 7591 2, `token_endpoint_auth_method`). `unnamed` is for mytoken
 * servers, which have no clients: the request does not even contain `client_id`.
 */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'none' | 'unnamed';

export interface ClientCredentials {
  clientId: string;
  clientSecret?: Secret | undefined;
  method: ClientAuthenticationMethod;
}

/**
 * The credentials of a client as an account file or a registration has them.
 * A client without a secret is public; one with a secret uses Basic unless it was registered for `client_secret_post`.
 */
export function clientCredentials(
  clientId: string,
  clientSecret?: Secret | undefined,
  registeredMethod?: string | undefined,
): ClientCredentials {
  if (clientSecret === undefined || clientSecret.isEmpty || registeredMethod === 'none')
    return { clientId, method: 'none' };
  const method = registeredMethod === 'client_secret_post' ? 'client_secret_post' : 'client_secret_basic';
  return { clientId, clientSecret, method };
}

/**
 * The credentials of an account for the token endpoint. An account of a mytoken server may have no client ID;
 * oauth4webapi requires one all the same, but does not send it.
 */
export function accountCredentials(account: {
  readonly client_id: string;
  readonly client_secret?: Secret | undefined;
  readonly token_endpoint_auth_method?: string | undefined;
  readonly mytoken_url?: string | undefined;
}): ClientCredentials {
  const { client_id, client_secret, token_endpoint_auth_method, mytoken_url } = account;
  return mytoken_url === undefined
    ? clientCredentials(client_id, client_secret, token_endpoint_auth_method)
    : { clientId: client_id || 'mytoken', method: 'unnamed' };
}

/** Client authentication for oauth4webapi (RFC 6749 2.3). A public client is named by `client_id` in the body. */
export function clientAuthentication({ clientSecret, method }: ClientCredentials): ClientAuth {
  if (method === 'unnamed') return () => undefined;
  if (!clientSecret || method === 'none') return None();
  return method === 'client_secret_post'
    ? ClientSecretPost(clientSecret.reveal())
    : clientSecretBasic(clientSecret);
}

/**
 * HTTP Basic with the two parts form-encoded, as RFC 6749 2.3.1 asks.
 *
 * The function of oauth4webapi also percent-encodes `-`, `_` and `.`. INDIGO IAM does not decode them, and would not
 * recognise its client ids, which are UUIDs.
 */
function clientSecretBasic(clientSecret: Secret): ClientAuth {
  return (_server, client, _body, headers) => {
    const pair = `${formEncode(client.client_id)}:${formEncode(clientSecret.reveal())}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };
}

/** One value as application/x-www-form-urlencoded: letters, digits and `*-._` unchanged, a space as `+`. */
function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}
