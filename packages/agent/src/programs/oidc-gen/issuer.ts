/** The issuer of an account: where it is, and what it says about itself. */
import { resolve } from 'node:path';
import type { KnownIssuer } from '../../config/issuer-file.ts';
import { findIssuer, knownIssuers } from '../../config/issuers.ts';
import { agentConfig } from '../../config/settings.ts';
import { discover, type IssuerMetadata } from '../../oauth/discovery.ts';
import { meantIssuer } from '../../oauth/issuer-url.ts';
import type { Account } from '../../vault/account.ts';
import type { Options } from './command-line.ts';

/** The part of an account that tells how to reach its issuer. */
export type IssuerMembers = Pick<
  Account,
  | 'issuer_url'
  | 'mytoken_url'
  | 'cert_path'
  | 'config_endpoint'
  | 'device_authorization_endpoint'
  | 'daeSetByUser'
  | 'oauth'
>;

/** Fetches what an account's issuer or mytoken server says about itself, and puts in what a person knows better. */
export async function metadataOf(account: IssuerMembers, signal?: AbortSignal): Promise<IssuerMetadata> {
  const metadata = await discover({
    issuer: account.mytoken_url ?? account.issuer_url,
    certPath: account.cert_path,
    configurationEndpoint: account.config_endpoint,
    protocol: account.oauth ? 'oauth' : undefined,
    signal,
  });
  const { device_authorization_endpoint, daeSetByUser } = account;
  if (!daeSetByUser || device_authorization_endpoint === undefined) return metadata;
  return { ...metadata, device_authorization_endpoint };
}

export interface MetIssuer {
  readonly metadata: IssuerMetadata;
  readonly members: IssuerMembers;
  /** What the configuration says about it. */
  readonly known: KnownIssuer | undefined;
}

/** Asks an issuer who it is, with what options, a client file or issuer.config say about how to reach it. */
export async function meetIssuer(
  written: string,
  directory: string,
  options: Options,
  given: Partial<IssuerMembers> = {},
  signal?: AbortSignal,
): Promise<MetIssuer> {
  const issuer = meantIssuer(written);
  const known = findIssuer((await knownIssuers(directory)).issuers, issuer);
  const { 'cert-path': certPath, 'device-authorization-endpoint': deviceEndpoint } = options;
  const wanted: IssuerMembers = {
    issuer_url: issuer,
    cert_path:
      certPath === undefined
        ? (given.cert_path ?? known?.cert_path ?? agentConfig().certPath)
        : resolve(certPath),
    config_endpoint: options['configuration-endpoint'] ?? given.config_endpoint ?? known?.config_endpoint,
    device_authorization_endpoint:
      deviceEndpoint ??
      (given.daeSetByUser ? given.device_authorization_endpoint : known?.device_authorization_endpoint),
    daeSetByUser:
      deviceEndpoint !== undefined ||
      given.daeSetByUser ||
      known?.device_authorization_endpoint !== undefined,
    oauth: options.oauth2 || given.oauth || known?.oauth,
  };
  const metadata = await metadataOf(wanted, signal);
  const members = {
    ...wanted,
    issuer_url: metadata.issuer,
    device_authorization_endpoint: metadata.device_authorization_endpoint,
    oauth: metadata.protocol === 'oauth',
  };
  return { metadata, members, known };
}
