import { OAuthError } from '../errors.ts';

/** The audience of a token. */
export interface Audience {
  readonly values: readonly string[];
  /** Whether the client requested it with `resource` (RFC 8707), which limits later requests to a part of it. */
  readonly byResource: boolean;
}

/** The audience of a token if the client requests none (WLCG Common JWT Profiles, "aud"). */
export const ANY_AUDIENCE = 'https://wlcg.cern.ch/jwt/v1/any';

type Parameters = Readonly<Record<string, string | undefined>>;

/** The parameters with an audience, in the order in which IAM reads them. */
export const AUDIENCE_PARAMETERS = ['resource', 'aud', 'audience'] as const;

/**
 * The audience that a request asks for, or undefined. Each parameter is a list separated by spaces.
 * @throws OAuthError 400 `invalid_target` if a `resource` is not an absolute URL without query and fragment
 */
export function requestedAudience(parameters: Parameters): Audience | undefined {
  if (parameters.resource !== undefined) {
    const resources = words(parameters.resource);
    for (const resource of resources.length > 0 ? resources : ['']) checkResource(resource);
    return { values: resources, byResource: true };
  }
  const values = words(parameters.aud ?? '');
  const audience = values.length > 0 ? values : words(parameters.audience ?? '');
  return audience.length > 0 ? { values: audience, byResource: false } : undefined;
}

/**
 * The audience of a later token of a login. Of the requested resources, it has those that the login was granted; `audience` and `aud`
 * may name any audience.
 * @throws OAuthError 400 `invalid_target` if the login was granted none of the resources
 */
export function nextAudience(
  granted: Audience | undefined,
  requested: Audience | undefined,
): Audience | undefined {
  if (requested === undefined) return granted;
  if (!requested.byResource) return requested;
  const resources = granted?.byResource === true ? granted.values : [];
  const values = requested.values.filter((value) => resources.includes(value));
  if (values.length > 0) return { values, byResource: true };
  throw new OAuthError(400, 'invalid_target', 'The requested resource was not originally granted');
}

function checkResource(resource: string): void {
  const fail = (text: string) => new OAuthError(400, 'invalid_target', `${text}: ${resource}`);
  if (!URL.canParse(resource)) throw fail('Not a valid URI');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(resource)) throw fail('Not an absolute URL');
  if (resource.includes('?')) throw fail('The resource indicator contains a query component');
  if (resource.includes('#')) throw fail('The resource indicator contains a fragment component');
}

function words(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
}
