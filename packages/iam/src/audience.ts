import { OAuthError } from './errors.ts';

/** Who a token is for. */
export interface Audience {
  readonly values: readonly string[];
  /** Asked for with `resource` (RFC 8707), which binds later requests to a part of it. */
  readonly byResource: boolean;
}

/** The audience of a token that was asked for without one (WLCG Common JWT Profiles, "aud"). */
export const ANY_AUDIENCE = 'https://wlcg.cern.ch/jwt/v1/any';

type Parameters = Readonly<Record<string, string | undefined>>;

/** The names of the parameters that carry an audience, in the order in which IAM looks at them. */
export const AUDIENCE_PARAMETERS = ['resource', 'aud', 'audience'] as const;

/**
 * The audience that a request names, or undefined. Each parameter holds a list separated by spaces.
 * @throws OAuthError 400 `invalid_target` when a `resource` is not an absolute URL without query and fragment.
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
 * The audience of the next token, given the one that was granted at first.
 * @throws OAuthError 400 `invalid_target` when the grant is bound to resources and another one is asked for.
 */
export function nextAudience(
  granted: Audience | undefined,
  requested: Audience | undefined,
): Audience | undefined {
  if (requested === undefined) return granted;
  if (granted?.byResource === true) {
    if (requested.values.some((value) => !granted.values.includes(value))) {
      throw new OAuthError(400, 'invalid_target', 'The requested resource was not originally granted');
    }
    return { values: requested.values, byResource: true };
  }
  return requested;
}

function checkResource(resource: string): void {
  const fail = (text: string) => new OAuthError(400, 'invalid_target', `${text}: ${resource}`);
  if (!URL.canParse(resource)) throw fail('Not a valid URI');
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(resource)) throw fail('Not an absolute URL');
  if (resource.includes('?')) throw fail('A resource must not have a query');
  if (resource.includes('#')) throw fail('A resource must not have a fragment');
}

function words(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
}
