/** What all requests need that bring an account along (docs/protocol.md, "Logins"). */
import { discover, type IssuerMetadata } from '../oauth/discovery.ts';
import { FLOWS, type Flow } from '../oauth/flow.ts';
import type { Account } from '../vault/account.ts';
import { RequestFailure } from './failure.ts';

/** @throws RequestFailure for a word that is no flow */
export function flowsOf(names: readonly string[]): Flow[] {
  return names.map((name) => {
    const flow = FLOWS.find((known) => known === name);
    if (flow === undefined) throw new RequestFailure(`Unknown flow '${name}'`);
    return flow;
  });
}

/** What the issuer of an account says of itself, or its mytoken server. */
export async function metadataOf(account: Account): Promise<IssuerMetadata> {
  const metadata = await discover({
    issuer: account.mytoken_url ?? account.issuer_url,
    certPath: account.cert_path,
    configurationEndpoint: account.config_endpoint,
    protocol: account.oauth ? 'oauth' : undefined,
  });
  const { device_authorization_endpoint, daeSetByUser } = account;
  if (!daeSetByUser || device_authorization_endpoint === undefined) return metadata;
  return { ...metadata, device_authorization_endpoint };
}
