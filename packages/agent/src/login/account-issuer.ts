import type { Account } from '../accounts/account.ts';
import { discover, type IssuerMetadata, requireAddress } from '../oauth/issuer/discovery.ts';

/** The members of an account that are needed to reach its issuer. */
export type IssuerMembers = Pick<
  Account,
  | 'issuer_url'
  | 'mytoken_url'
  | 'cert_path'
  | 'config_endpoint'
  | 'device_authorization_endpoint'
  | 'daeSetByUser'
  | 'oauth'
  | 'insecure_http'
>;

/**
 * Fetches the metadata of an account's issuer or mytoken server. A device authorization endpoint that the user has set
 * replaces the issuer's.
 *
 * @throws IssuerError or IssuerUnreachableError
 */
export async function metadataOf(account: IssuerMembers, signal?: AbortSignal): Promise<IssuerMetadata> {
  const metadata = await discover({
    issuer: account.mytoken_url ?? account.issuer_url,
    certPath: account.cert_path,
    insecureHttp: account.insecure_http,
    configurationEndpoint: account.config_endpoint,
    protocol: account.oauth ? 'oauth' : undefined,
    signal,
  });
  const { device_authorization_endpoint, daeSetByUser } = account;
  if (!daeSetByUser || device_authorization_endpoint === undefined) return metadata;
  requireAddress('device authorization endpoint', device_authorization_endpoint, metadata);
  return { ...metadata, device_authorization_endpoint };
}
