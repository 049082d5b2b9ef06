/** What tells how an issuer takes audiences: from its discovery document. */
interface AudienceHints {
  registration_endpoint?: string | undefined;
  scim_endpoint?: string | undefined;
}

/**
 * The request parameters that ask for tokens of an audience.
 *
 * The standard way is one `resource` for each audience, an absolute URI (RFC 8707). INDIGO IAM takes one `audience` with all
 * of them, space separated, and any string. Issuers that do so are marked `legacy_aud_mode` in issuer.config; an IAM that is
 * listed nowhere is recognised by its endpoints, unless `legacyAudMode` says otherwise.
 *
 * @param audience one or several audiences, separated by whitespace; undefined or empty asks for none
 */
export function audienceParameters(
  metadata: AudienceHints,
  audience: string | undefined,
  legacyAudMode?: boolean | undefined,
): [name: string, value: string][] {
  const values = (audience ?? '').split(/\s+/).filter((value) => value !== '');
  if (values.length === 0) return [];
  if (legacyAudMode ?? isIndigoIam(metadata)) return [['audience', values.join(' ')]];
  return values.map((value) => ['resource', value]);
}

function isIndigoIam({ registration_endpoint, scim_endpoint }: AudienceHints): boolean {
  return (
    scim_endpoint !== undefined || registration_endpoint?.endsWith('/iam/api/client-registration') === true
  );
}
