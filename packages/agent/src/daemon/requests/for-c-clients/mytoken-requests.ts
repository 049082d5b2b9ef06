/** The requests about mytokens (docs/protocol.md, "mytoken"). */
import { type Answer, BadRequest, type MytokenAnswer, type RequestOf } from '@jeton/protocol';
import { discover } from '../../../oauth/issuer/discovery.ts';
import { makeSubMytoken } from '../../../oauth/mytoken/mytoken.ts';
import { type MytokenProfile, readProfile } from '../../../oauth/mytoken/profile.ts';
import { RequestFailure } from '../../failure.ts';
import type { Grant } from '../../grant/grant.ts';

/** The default capabilities of a mytoken for another program: a profile of the mytoken servers. */
const DEFAULT_PROFILE = 'web-default';

/** The longest profile, in characters, that the agent shows to the user. */
const MAX_PROFILE_CHARACTERS = 4000;

/**
 * Creates a mytoken for another program from the account's mytoken.
 * @param ask shows the user the capabilities of the new mytoken, and throws if the user refuses
 * @throws BadRequest for a malformed profile; RequestFailure for an account that is not one of a mytoken server; the
 * errors of `ask` and of `Grant.use`
 */
export async function subMytoken(
  request: RequestOf<'mytoken'>,
  grant: Grant,
  ask: (capabilities: string) => Promise<void>,
  gone: AbortSignal,
): Promise<MytokenAnswer> {
  const { mytoken_profile: given = DEFAULT_PROFILE, application_hint: applicant = 'oidc-agent' } = request;
  const { name, issuer_url: oidcIssuer, mytoken_url: mytokenIssuer, cert_path: certPath } = grant.account;
  const profile = readProfile(given);
  if (profile === undefined) throw new BadRequest('Bad Request: mytoken_profile is malformed');
  if (mytokenIssuer === undefined) {
    throw new RequestFailure('Not a valid mytoken configuration', [
      `the account '${name}' is not one of a mytoken server; create one: oidc-gen --mytoken-url NAME`,
    ]);
  }
  await ask(described(profile));
  const made = await grant.use(async (metadata, mytoken, onSent) => {
    const request = { metadata, mytoken, oidcIssuer, profile, certPath, onSent };
    const result = await makeSubMytoken({ ...request, name: `mytoken requested by ${applicant}` });
    return { result, replacement: result.replacement };
  }, gone);
  return {
    ...made.answer,
    expires_at: made.expiresAt,
    status: 'success',
    oidc_issuer: oidcIssuer,
    mytoken_issuer: mytokenIssuer,
  };
}

/**
 * The question for the user: the profile exactly as it is sent. The server's consent page cannot replace it: that page
 * is interactive, and as text it would list every option.
 */
function described(profile: MytokenProfile): string {
  const { include, ...others } = profile;
  const lines = Object.entries(others).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  if (include !== undefined) lines.unshift(`profile: ${[include].flat().join(', ')}`);
  if (lines.join('\n').length > MAX_PROFILE_CHARACTERS) {
    throw new BadRequest('Bad Request: mytoken_profile is too long to show it to the user');
  }
  return [
    ' Anyone who has the mytoken can get access tokens with it, without this agent.',
    ...(lines.length > 0 ? lines : ['It may do everything that the mytoken of the account may do.']),
  ].join('\n');
}

/**
 * The issuers that a mytoken server supports.
 * @throws IssuerError or IssuerUnreachableError
 */
export async function supportedProviders(request: RequestOf<'mytoken_supported_providers'>): Promise<Answer> {
  const { issuer = '', config_endpoint: configurationEndpoint, cert_path: certPath } = request;
  const { providers_supported: info = [] } = await discover({ issuer, configurationEndpoint, certPath });
  return { status: 'success', info };
}
