import type { Account } from '../../../accounts/account.ts';
import { type ClientNeeds, extendClient } from '../../../oauth/client/client-update.ts';
import { firstAccepted } from '../../../oauth/client/first-accepted.ts';
import { agentRedirectUris, isAboutRedirectUris } from '../../../oauth/client/registration.ts';
import { type Flow, grantTypesOf } from '../../../oauth/grants/flow.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { allowedScopes, missingScopes } from '../../../oauth/scope.ts';
import { print, warn } from '../../../terminal/output.ts';
import type { Options } from '../command-line.ts';
import type { MetIssuer } from '../issuer.ts';
import { scopes } from '../questions.ts';
import { namedRedirectUris } from './manual.ts';

/**
 * The account with everything that a new login needs: its metadata plus the requests of the options. Adds missing
 * metadata of the client at the issuer, if allowed (RFC 7592).
 *
 * @throws IssuerError if the issuer refuses, IssuerUnreachableError or ProgramError
 */
export async function withNeeds(
  account: Account,
  issuer: MetIssuer,
  flows: readonly Flow[],
  options: Options,
): Promise<Account> {
  const asksScope = options.scope.length > 0 || options['scope-all'];
  const scope = asksScope ? await scopes(issuer, options) : (account.auth_scope ?? '');
  const named = namedRedirectUris(options);
  const wanted = {
    ...account,
    auth_scope: scope,
    redirect_uris: named.length > 0 ? named : account.redirect_uris,
    audience: options.audience ?? account.audience,
  };
  const { registration_client_uri: uri, registration_access_token: token } = account;
  const lacksUris = flows.includes('code') && (wanted.redirect_uris ?? []).length === 0;
  const needs = missing(account, wanted, flows, lacksUris);
  if (needs === undefined || uri === undefined || token === undefined) return wanted;
  print('Updating Client ...');
  const call = {
    issuer: account.issuer_url,
    certPath: account.cert_path,
    insecureHttp: account.insecure_http,
  };
  const extend = (redirectUris: readonly string[]) =>
    extendClient({ uri, token }, { ...needs, redirectUris }, call);
  const choices = lacksUris ? agentRedirectUris() : [needs.redirectUris];
  const changed = await firstAccepted(choices, isAboutRedirectUris, extend).catch((error: unknown) => {
    throw error instanceof IssuerError ? refused(error, needs) : error;
  });
  const lacking = missingScopes(scope, allowedScopes(scope, changed.scope));
  if (lacking.length > 0) {
    warn(
      `Warning: The registered client does not have all the requested scopes. The following are missing: ${lacking.join(' ')}`,
    );
  }
  return {
    ...wanted,
    auth_scope: scope
      .split(' ')
      .filter((one) => !lacking.includes(one))
      .join(' '),
    redirect_uris: named.length > 0 ? named : changed.redirectUris,
    client_secret: changed.clientSecret ?? account.client_secret,
    registration_access_token: changed.registrationAccessToken ?? token,
    others: { ...account.others, grant_types: changed.grantTypes },
  };
}

/** The metadata that the client lacks according to the account; undefined if none. */
function missing(
  account: Account,
  wanted: Account,
  flows: readonly Flow[],
  lacksUris: boolean,
): ClientNeeds | undefined {
  const { grant_types } = account.others ?? {};
  const granted = Array.isArray(grant_types) ? grant_types : [];
  const grantTypes = grantTypesOf(flows).filter((type) => !granted.includes(type));
  const has = account.redirect_uris ?? [];
  const redirectUris = (wanted.redirect_uris ?? []).filter((uri) => !has.includes(uri));
  const scope = missingScopes(wanted.auth_scope ?? '', account.auth_scope ?? '').join(' ');
  if (grantTypes.length === 0 && redirectUris.length === 0 && scope === '' && !lacksUris) return undefined;
  return { grantTypes, redirectUris, scope };
}

function refused(error: IssuerError, { grantTypes, redirectUris, scope }: ClientNeeds): IssuerError {
  const { message, hints, ...details } = error;
  const lacks = [...grantTypes, ...redirectUris, scope].filter((one) => one !== '').join(' ');
  return new IssuerError(message, {
    ...details,
    hints: [
      ...hints,
      `the client of this account lacks: ${lacks}`,
      'its owner can add that at the issuer; or create a new account with a new client: oidc-gen NAME',
    ],
  });
}
