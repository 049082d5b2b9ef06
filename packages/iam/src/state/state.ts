import type { Audience } from '../audience.ts';
import type { Client } from '../clients.ts';
import { type Clock, ExpiringMap } from './expiring-map.ts';

/** What a person agreed to on a consent page, to be turned into tokens once. */
export interface Approval {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  /** When the person logged in, in seconds since 1970; kept where the id token has to say it. */
  readonly authTime?: number | undefined;
}

/** A device authorization (RFC 8628) that waits for a person, or has been approved and waits for the next poll. */
export interface DeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  readonly expiresAt: number;
  approval?: Approval;
}

export interface AccessToken {
  readonly token: string;
  readonly clientId: string;
  /** Absent for client credentials. */
  readonly userId: string | undefined;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly expiresAt: number;
}

export interface RefreshToken {
  readonly token: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  readonly expiresAt: number;
  /** The access tokens that it gave last; a refresh makes them unknown to introspection and userinfo. */
  accessTokens: string[];
}

/** Everything that jeton-iam remembers, in memory. */
export interface State {
  readonly clients: ExpiringMap<Client>;
  /** Registration access token -> client id. */
  readonly registrationTokens: ExpiringMap<string>;
  readonly deviceCodes: ExpiringMap<DeviceCode>;
  /** User code -> device code. */
  readonly userCodes: ExpiringMap<string>;
  /** Id of an oidc-provider grant -> what was approved with it. */
  readonly approvals: ExpiringMap<Approval>;
  readonly accessTokens: ExpiringMap<AccessToken>;
  readonly refreshTokens: ExpiringMap<RefreshToken>;
}

export function createState(now: Clock): State {
  return {
    clients: new ExpiringMap(now),
    registrationTokens: new ExpiringMap(now),
    deviceCodes: new ExpiringMap(now),
    userCodes: new ExpiringMap(now),
    approvals: new ExpiringMap(now),
    accessTokens: new ExpiringMap(now),
    refreshTokens: new ExpiringMap(now),
  };
}

/** Frees what has expired. */
export function sweep(state: State): void {
  for (const map of Object.values(state)) map.sweep();
}

/** Forgets a client with every token, code and approval that it holds. */
export function forgetClient(state: State, clientId: string): void {
  state.clients.delete(clientId);
  state.registrationTokens.deleteWhere((owner) => owner === clientId);
  for (const map of [state.deviceCodes, state.approvals, state.accessTokens, state.refreshTokens]) {
    map.deleteWhere((entry: { clientId: string }) => entry.clientId === clientId);
  }
}

/** Makes a refresh token and the access tokens that it gave last unusable. */
export function revokeRefreshToken(state: State, refreshToken: RefreshToken): void {
  state.refreshTokens.delete(refreshToken.token);
  forgetAccessTokens(state, refreshToken);
}

/** Makes the access tokens that a refresh token gave last unknown; as self-contained JWTs they go on verifying. */
export function forgetAccessTokens(state: State, refreshToken: RefreshToken): void {
  for (const token of refreshToken.accessTokens) state.accessTokens.delete(token);
  refreshToken.accessTokens = [];
}
