/** Clients that the configuration knows: the public one of an issuer, and the one that the user entered for it. */

import type { Account } from '../../../accounts/account.ts';
import type { KnownClient } from '../../../config/issuers/issuer-file.ts';
import { FLOWS } from '../../../oauth/grants/flow.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { print, warn } from '../../../terminal/output.ts';
import { advised } from '../advice.ts';
import { type MetIssuer, meetIssuer } from '../issuer.ts';
import { flowsFor } from '../login/flows.ts';
import { issuerUrl, scopes } from '../questions.ts';
import type { Client, ClientRequest } from './client.ts';
import { clientName, namedRedirectUris, PUBLIC_REDIRECT_URIS } from './manual.ts';

/**
 * `--pub`: the public client that is known for the issuer.
 * @throws as `clientFor`
 */
export async function publicClient(request: ClientRequest): Promise<Client> {
  const { name, directory, options, signal } = request;
  const issuer = await meetIssuer(await issuerUrl(name, directory, options), directory, options, {}, signal);
  const { known, metadata } = issuer;
  if (known?.pubclient !== undefined) return await knownClient(request, issuer, known.pubclient, true);
  throw advised(
    new IssuerError('Could not find a public client for this issuer.', {
      issuer: metadata.issuer,
      kind: 'unsupported',
    }),
    issuer,
    flowsFor(options, metadata),
    options,
  );
}

/**
 * The fallback if the issuer registers no client: use the public one, else explain how to get one.
 * @throws IssuerError: the given one, with advice, if no public client is known; else as `knownClient`
 */
export async function clientInstead(
  request: ClientRequest,
  issuer: MetIssuer,
  error: IssuerError,
): Promise<Client> {
  const { known, metadata } = issuer;
  const { options } = request;
  if (known?.pubclient === undefined) throw advised(error, issuer, flowsFor(options, metadata), options);
  warn(
    metadata.registration_endpoint === undefined
      ? 'Dynamic client registration not supported by this issuer.'
      : `The following error occurred during dynamic client registration:\n${error.message}`,
  );
  print('Try using a public client ...');
  return await knownClient(request, issuer, known.pubclient, true);
}

/**
 * The account for a client from the configuration. Its entry sets the scopes and flows, unless an option overrides
 * them.
 * @throws ProgramError for a redirect URI that no browser could reach, or if oidc-gen may not ask for the scopes;
 * Interrupted
 */
export async function knownClient(
  { name, options }: ClientRequest,
  issuer: MetIssuer,
  client: KnownClient,
  isPublic = false,
): Promise<Client> {
  const named = namedRedirectUris(options);
  const listed = FLOWS.filter((flow) => client.flow?.includes(flow));
  const flows = options.flow.length === 0 && listed.length > 0 ? listed : flowsFor(options, issuer.metadata);
  const account: Account = {
    ...issuer.members,
    name,
    client_name: clientName(name, options),
    client_id: client.client_id,
    client_secret: client.client_secret,
    auth_scope: await scopes(issuer, options, client.scope),
    audience: options.audience,
    redirect_uris:
      named.length > 0 ? named : (client.redirect_uris ?? (isPublic ? PUBLIC_REDIRECT_URIS : [])),
    uses_pub_client: isPublic,
  };
  return { issuer, account, flows, undo: async () => undefined };
}
