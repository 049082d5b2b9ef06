import { decodeJwt } from 'jose/jwt/decode';
import type { Secret } from '../secret.ts';

/** The members of a discovery document that show how an issuer accepts audiences. */
interface AudienceHints {
  registration_endpoint?: string | undefined;
  scim_endpoint?: string | undefined;
}

/** The parameter that requests an audience from an issuer: `resource` (RFC 8707), `audience`, or both. */
export type AudienceParameter = 'resource' | 'audience' | 'both';

/**
 * The request parameters that ask for tokens of an audience.
 *
 * The standard way is one `resource` for each audience, an absolute URI (RFC 8707). INDIGO IAM takes one `audience` with all
 * of them, space separated, and any string.
 *
 * @param audience one or several audiences, separated by whitespace; undefined or empty asks for none
 * @param parameter how this issuer is asked; by default as `usualParameter` says
 */
export function audienceParameters(
  metadata: AudienceHints,
  audience: string | undefined,
  parameter: AudienceParameter = usualParameter(metadata),
): [name: string, value: string][] {
  const values = parseAudiences(audience);
  if (values.length === 0) return [];
  const parameters: [name: string, value: string][] = [];
  if (parameter !== 'audience')
    parameters.push(...values.map((value): [string, string] => ['resource', value]));
  if (parameter !== 'resource') parameters.push(['audience', values.join(' ')]);
  return parameters;
}

/** The way that fits an issuer of which only the discovery document is known: an INDIGO IAM is recognised by its endpoints. */
export function usualParameter(metadata: AudienceHints): AudienceParameter {
  return isIndigoIam(metadata) ? 'audience' : 'resource';
}

export function isIndigoIam({ registration_endpoint, scim_endpoint }: AudienceHints): boolean {
  return (
    scim_endpoint !== undefined || registration_endpoint?.endsWith('/iam/api/client-registration') === true
  );
}

/**
 * The audiences of a list that a token is not for; undefined when the token does not say, as it is no JWT (RFC 9068 2.2).
 */
export function missingAudiences(accessToken: Secret, audience: string): string[] | undefined {
  const named = audienceOf(accessToken);
  return named && parseAudiences(audience).filter((value) => !named.includes(value));
}

function audienceOf(accessToken: Secret): string[] | undefined {
  try {
    const { aud } = decodeJwt(accessToken.reveal());
    return [aud ?? []].flat();
  } catch {
    return undefined;
  }
}

function parseAudiences(audience: string | undefined): string[] {
  return (audience ?? '').split(/\s+/).filter((value) => value !== '');
}
