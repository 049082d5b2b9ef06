import type { Audience } from '../audience.ts';
import type { Client } from '../clients.ts';
import type { ExchangePolicy } from '../policies/exchange-policies.ts';
import type { ScopePolicy } from '../policies/scope-policies.ts';
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
  /** A person refused it, and the device is to hear of it. */
  denied?: true;
}

/** Who acts for the subject of a token, the last one first (RFC 8693 section 4.1). */
export interface Actor {
  /** A client id. */
  readonly sub: string;
  readonly act?: Actor | undefined;
}

export interface AccessToken {
  /** Names the token in the administration API. */
  readonly id: number;
  readonly token: string;
  readonly clientId: string;
  /** Absent for client credentials. */
  readonly userId: string | undefined;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly actor?: Actor | undefined;
  readonly expiresAt: number;
}

export interface RefreshToken {
  /** Names the token in the administration API. */
  readonly id: number;
  readonly token: string;
  /** What it has in common with the ones that it replaced; see `grants/rotation.ts`. */
  readonly family: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  readonly actor?: Actor | undefined;
  readonly expiresAt: number;
  /** The access tokens that it gave last; a refresh makes them unknown to introspection and userinfo. */
  accessTokens: string[];
}

/** A refresh token that another one has taken the place of. */
export interface ReplacedRefreshToken {
  readonly family: string;
  readonly clientId: string;
}

/** A login that ended because somebody used a replaced refresh token again. */
export interface RevokedFamily {
  readonly family: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly time: number;
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
  readonly replacedRefreshTokens: ExpiringMap<ReplacedRefreshToken>;
  readonly revokedFamilies: ExpiringMap<RevokedFamily>;
  /** Both kinds of policies by their id as text. */
  readonly scopePolicies: ExpiringMap<ScopePolicy>;
  readonly exchangePolicies: ExpiringMap<ExchangePolicy>;
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
    replacedRefreshTokens: new ExpiringMap(now),
    revokedFamilies: new ExpiringMap(now),
    scopePolicies: new ExpiringMap(now),
    exchangePolicies: new ExpiringMap(now),
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
  for (const map of [
    state.deviceCodes,
    state.approvals,
    state.accessTokens,
    state.refreshTokens,
    state.replacedRefreshTokens,
  ]) {
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
