import type { Account } from '../accounts/account.ts';
import type { CustomisedRequest } from '../config/custom-parameters.ts';
import type { KnownIssuer } from '../config/issuers/issuer-file.ts';
import { accountCredentials } from '../oauth/client/client-authentication.ts';
import type { TokenRequest } from '../oauth/grants/token-request.ts';
import type { IssuerMetadata } from '../oauth/issuer/discovery.ts';
import type { Secret } from '../secret.ts';

/** The common parameters of all flows of a login: issuer, client, scopes and audience. */
export interface LoginRequest extends TokenRequest {
  readonly scope: string;
  readonly redirectUris: readonly string[];
  /** The parameters that the configuration adds to a request at this issuer. */
  customParametersFor(request: CustomisedRequest): Promise<Record<string, Secret>>;
}

/**
 * The request for a login with an account's client.
 *
 * @param known the issuer's entry in the configuration
 * @param customFor reads the custom parameters for an account
 */
export function loginRequest(
  account: Account,
  { metadata, known }: { metadata: IssuerMetadata; known: KnownIssuer | undefined },
  customFor: (request: CustomisedRequest, account: Account) => Promise<Record<string, Secret>>,
): LoginRequest {
  return {
    metadata,
    client: accountCredentials(account),
    scope: account.auth_scope ?? '',
    audience: account.audience,
    certPath: account.cert_path,
    audienceParameter: known?.audience_parameter,
    redirectUris: account.redirect_uris ?? [],
    customParametersFor: (request) => customFor(request, account),
  };
}
