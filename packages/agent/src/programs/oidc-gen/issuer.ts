/** The issuer of an account: its address and its metadata. */
import { resolve } from 'node:path';
import type { KnownIssuer } from '../../config/issuers/issuer-file.ts';
import { findIssuer, knownIssuers } from '../../config/issuers/issuers.ts';
import { agentConfig } from '../../config/settings.ts';
import { type IssuerMembers, metadataOf } from '../../login/account-issuer.ts';
import type { IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import { meantIssuer } from '../../oauth/issuer/issuer-url.ts';
import { warnOfClock } from '../clock-warning.ts';
import { permittedHost, warnOfInsecureHttp } from '../insecure-http.ts';
import { withMeantIssuer } from '../meant-issuer.ts';
import type { Options } from './command-line.ts';

export interface MetIssuer {
  readonly metadata: IssuerMetadata;
  readonly members: IssuerMembers;
  /** The issuer's entry in the configuration. */
  readonly known: KnownIssuer | undefined;
}

/**
 * Fetches an issuer's metadata. The options, a client file or issuer.config say how to reach it.
 * @throws IssuerError or IssuerUnreachableError
 */
export async function meetIssuer(
  written: string,
  directory: string,
  options: Options,
  given: Partial<IssuerMembers> = {},
  signal?: AbortSignal,
): Promise<MetIssuer> {
  const issuer = meantIssuer(written);
  const { issuers } = await knownIssuers(directory);
  const known = findIssuer(issuers, issuer);
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
    insecure_http: permittedHost(options) ?? given.insecure_http,
    oauth: options.oauth2 || given.oauth || known?.oauth,
  };
  warnOfInsecureHttp(wanted);
  const metadata = await metadataOf(wanted, signal).catch((error: unknown) => {
    throw withMeantIssuer(error, written, issuers);
  });
  warnOfClock(issuer);
  const members = {
    ...wanted,
    issuer_url: metadata.issuer,
    device_authorization_endpoint: metadata.device_authorization_endpoint,
    oauth: metadata.protocol === 'oauth',
  };
  return { metadata, members, known };
}
