import { IssuerError } from '../http/errors.ts';
import type { IssuerMetadata } from '../issuer/discovery.ts';

/** The login flows, by their names in `oidc-gen --flow`. */
export const FLOWS = ['code', 'device', 'password', 'refresh'] as const;
export type Flow = (typeof FLOWS)[number];

const GRANT_TYPES: Record<Flow, string> = {
  code: 'authorization_code',
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  password: 'password',
  refresh: 'refresh_token',
};

/** The grant type of a flow (RFC 7591 2). */
export const grantTypeOf = (flow: Flow): string => GRANT_TYPES[flow];

/** The grant types (RFC 7591 2) of a client for these login flows and for refreshes afterwards. */
export function grantTypesOf(flows: readonly Flow[]): string[] {
  return [...new Set(['refresh_token', ...flows.map((flow) => GRANT_TYPES[flow])])];
}

/** @throws IssuerError of kind `unsupported` if the issuer's metadata excludes this flow */
export function requireFlow(metadata: IssuerMetadata, flow: Flow): void {
  const { issuer, grant_types_supported, authorization_endpoint, device_authorization_endpoint } = metadata;
  const missing =
    (flow === 'device' && device_authorization_endpoint === undefined) ||
    (flow === 'code' && authorization_endpoint === undefined);
  // Many issuers omit flows from the list; it has proved reliable for the device flow only.
  const unlisted =
    flow === 'device' && grant_types_supported && !grant_types_supported.includes(GRANT_TYPES.device);
  if (!missing && !unlisted) return;
  const name = flow === 'device' ? 'Device Flow' : 'Authorization Code Flow';
  throw new IssuerError(`${name} not Supported by OpenID Provider`, { issuer, kind: 'unsupported' });
}
