import type { Secret } from '../secret.ts';
import { unverifiedClaims } from './tokens/unverified-claims.ts';

/** The members of a discovery document that identify an INDIGO IAM. */
interface AudienceHints {
  registration_endpoint?: string | undefined;
  scim_endpoint?: string | undefined;
}

/** The request parameter by which an issuer accepts audiences: `resource` (RFC 8707), `audience`, or both. */
export type AudienceParameter = 'resource' | 'audience' | 'both';

/**
 * The request parameters for a token with these audiences.
 *
 * The standard parameter is `resource`, an absolute URI, once for each audience (RFC 8707 2). INDIGO IAM takes `audience`
 * instead: any strings, space separated.
 *
 * @param audience one or several audiences, separated by whitespace; undefined or empty asks for none
 * @param parameter the one that this issuer accepts; by default that of `defaultAudienceParameter`
 */
export function audienceParameters(
  metadata: AudienceHints,
  audience: string | undefined,
  parameter: AudienceParameter = defaultAudienceParameter(metadata),
): [name: string, value: string][] {
  const values = parseAudiences(audience);
  if (values.length === 0) return [];
  const parameters: [name: string, value: string][] = [];
  if (parameter !== 'audience')
    parameters.push(...values.map((value): [string, string] => ['resource', value]));
  if (parameter !== 'resource') parameters.push(['audience', values.join(' ')]);
  return parameters;
}

/** The likely parameter of an issuer, by its discovery document: the endpoints of an INDIGO IAM identify it. */
export function defaultAudienceParameter(metadata: AudienceHints): AudienceParameter {
  return isIndigoIam(metadata) ? 'audience' : 'resource';
}

export function isIndigoIam({ registration_endpoint, scim_endpoint }: AudienceHints): boolean {
  return (
    scim_endpoint !== undefined || registration_endpoint?.endsWith('/iam/api/client-registration') === true
  );
}

/**
 * The requested audiences that a token lacks; undefined if the token is not a JWT, and so does not list its audiences (RFC 9068
 * 2.2).
 */
export function missingAudiences(accessToken: Secret, audience: string): string[] | undefined {
  const claims = unverifiedClaims(accessToken);
  if (claims === undefined) return undefined;
  const named = [claims.aud ?? []].flat();
  return parseAudiences(audience).filter((value) => !named.includes(value));
}

function parseAudiences(audience: string | undefined): string[] {
  return (audience ?? '').split(/\s+/).filter((value) => value !== '');
}
