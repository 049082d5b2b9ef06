import { hasScheme, redirectUriProblem } from '../../clients/redirect-uris.ts';
import { ApiError } from '../../errors.ts';
import { AUTHORIZATION_CODE, IMPLICIT } from '../../grants/names.ts';
import { type ClientDocument, clientDocument } from './client-document.ts';

/** The method of IAM that checks a document, and its parameter: IAM's messages begin with them. */
export type Operation =
  | 'registerClient.request'
  | 'updateClient.request'
  | 'saveNewClient.client'
  | 'updateClient.client';

const ELEMENT = '[].<iterable element>';

/**
 * Parses the description of a client in a request, and checks it.
 * @throws EmptyError 400 for values that IAM's JSON reader refuses
 * @throws ApiError 400 with all other mistakes; IAM puts them into one `error`, in no particular order
 */
export function parseClientDocument(json: unknown, operation: Operation): ClientDocument {
  const document = clientDocument(json);
  const found = violations(document, operation);
  if (found.length > 0) throw new ApiError(400, found.join(', '));
  return document;
}

/** The mistakes in a client document, in the words of IAM 1.12: the path of a property and the reason. */
function violations(document: ClientDocument, operation: Operation): string[] {
  const { client_name, grant_types, redirect_uris, scope = [] } = document;
  const isNew = operation === 'registerClient.request' || operation === 'saveNewClient.client';
  const found: string[] = [];
  const check = (holds: boolean, property: string, reason: string) => {
    if (!holds) found.push(`${operation}${property}: ${reason}`);
  };

  if (operation === 'registerClient.request') {
    const reason = 'must be null in client registration requests';
    check(document.client_id == null, '.clientId', reason);
    check(document.client_secret == null, '.clientSecret', reason);
  } else if (!isNew) {
    const reason = 'size must be between 4 and 512';
    check(hasLength(document.client_secret, 4, 512), '.clientSecret', reason);
  }

  const nameLength = 'Invalid length: must be between 4 and 256 characters';
  check(hasLength(client_name, 4, 256), '.clientName', nameLength);
  check(!isNew || !isBlank(client_name), '.clientName', 'should not be blank');
  // The misspelling is IAM's.
  const descriptionLength = 'Invalid ength: must be at most 1024 characters';
  check(hasLength(document.client_description, 0, 1024), '.clientDescription', descriptionLength);

  for (const uri of redirect_uris ?? []) {
    check(hasScheme(uri), `.redirectUris${ELEMENT}`, 'Invalid redirect URI: no scheme set');
  }
  const wrongUri = redirect_uris?.find((uri) => hasScheme(uri) && redirectUriProblem(uri) !== undefined);
  if (wrongUri !== undefined) check(false, '', `Invalid redirect URI: ${redirectUriProblem(wrongUri)}`);
  const usesRedirect = grant_types?.some((grant) => grant === AUTHORIZATION_CODE || grant === IMPLICIT);
  check(
    usesRedirect !== true || (redirect_uris ?? []).length > 0,
    '',
    'Authorization code requires a valid redirect uri',
  );

  for (const [property, uri] of [
    ['.clientUri', document.client_uri],
    ['.tosUri', document.tos_uri],
    ['.policyUri', document.policy_uri],
    ['.jwksUri', document.jwks_uri],
  ] as const) {
    check(hasLength(uri, 0, 2048), property, 'size must be between 0 and 2048');
    check(uri == null || uri === '' || isWebUri(uri), property, 'must be a valid URL');
  }
  for (const contact of document.contacts ?? []) {
    const isAddress = contact === '' || /^[^\s@]+@[^\s@]+$/.test(contact);
    check(isAddress, `.contacts${ELEMENT}`, 'must be a well-formed email address');
  }

  check(scope.length <= 512, '.scope', 'size must be between 0 and 512');
  for (const one of scope) {
    check(!isBlank(one), `.scope${ELEMENT}`, 'must not include blank strings');
    check(hasLength(one, 1, 2048), `.scope${ELEMENT}`, 'string size must be between 1 and 2048');
  }

  check(
    /^(?:|none|plain|S256)$/.test(document.code_challenge_method ?? ''),
    '.codeChallengeMethod',
    'must be either an empty string, none, plain or S256',
  );
  check(
    document.token_endpoint_auth_method !== 'private_key_jwt' ||
      !isBlank(document.jwks_uri) ||
      !isBlank(document.jwk),
    '',
    'private_key_jwt requires a jwks uri or a jwk value',
  );
  return found;
}

function hasLength(text: string | null | undefined, least: number, most: number): boolean {
  return text == null || (text.length >= least && text.length <= most);
}

function isBlank(text: string | null | undefined): boolean {
  return text == null || text.trim() === '';
}

/** Whether a URI is http or https. Pages must not link to others: a `javascript:` URI runs with the rights of the page. */
function isWebUri(uri: string): boolean {
  return URL.canParse(uri) && /^https?:$/.test(new URL(uri).protocol);
}
