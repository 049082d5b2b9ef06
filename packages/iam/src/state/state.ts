import type { JWK } from 'jose';
import type { Client } from '../clients/clients.ts';
import type { ExchangePolicy } from '../policies/exchange-policies.ts';
import type { ScopePolicy } from '../policies/scope-policies.ts';
import type { Audience } from '../tokens/audience.ts';
import { type Clock, ExpiringMap } from './expiring-map.ts';
import { memoryStore } from './store.ts';

/** What a user has approved for a client; a grant turns it into tokens, once. */
export interface Approval {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  /** When the user logged in, in seconds since 1970; only if the ID token needs it. */
  readonly authTime?: number | undefined;
}

/** A device authorization (RFC 8628) that waits for the user, or for the next poll after the user has approved it. */
export interface DeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  readonly expiresAt: number;
  readonly approval?: Approval;
  /** The user refused it, and the next poll gets `access_denied`. */
  readonly denied?: true;
  /** The PKCE challenge of the device, if PKCE is required (RFC 7636). */
  readonly codeChallenge?: string;
}

/** The clients that act for the user of a token, the current one outermost (RFC 8693 section 4.1). */
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
  /** The family of the refresh token that came with it or gave it. */
  readonly family: string | undefined;
  readonly expiresAt: number;
}

export interface RefreshToken {
  /** Names the token in the administration API. */
  readonly id: number;
  readonly token: string;
  /** The same for all refresh tokens of one login; see `grants/rotation.ts`. */
  readonly family: string;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly audience: Audience | undefined;
  readonly actor?: Actor | undefined;
  readonly expiresAt: number;
  /** Another token has replaced it, but it still works for the `grace` seconds. */
  readonly isReplaced?: true;
}

/** A refresh token that another one has replaced. */
export interface ReplacedRefreshToken {
  readonly family: string;
  readonly clientId: string;
}

/** A login that jeton-iam ended because a client reused a replaced refresh token. */
export interface RevokedFamily {
  readonly family: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** The scopes that a user has agreed to give to a client. */
export interface Consent {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** Everything that jeton-iam stores, except for the login sessions of browsers. */
export interface State {
  readonly clients: ExpiringMap<Client>;
  /** Registration access token -> client id. */
  readonly registrationTokens: ExpiringMap<string>;
  readonly deviceCodes: ExpiringMap<DeviceCode>;
  /** User code -> device code. */
  readonly userCodes: ExpiringMap<string>;
  /** Id of a grant of oidc-provider -> what the user has approved with it. */
  readonly approvals: ExpiringMap<Approval>;
  readonly accessTokens: ExpiringMap<AccessToken>;
  readonly refreshTokens: ExpiringMap<RefreshToken>;
  readonly replacedRefreshTokens: ExpiringMap<ReplacedRefreshToken>;
  readonly revokedFamilies: ExpiringMap<RevokedFamily>;
  /** Both kinds of policies by their id as text. */
  readonly scopePolicies: ExpiringMap<ScopePolicy>;
  readonly exchangePolicies: ExpiringMap<ExchangePolicy>;
  /** When each user signed the AUP, by user id, in seconds since 1970. */
  readonly aupSignatures: ExpiringMap<number>;
  /** The consents that users want jeton-iam to remember. */
  readonly consents: ExpiringMap<Consent>;
  /** Key id -> private key. */
  readonly keys: ExpiringMap<JWK>;
}

/** Loads the state from a store. */
export function createState(now: Clock, store = memoryStore): State {
  const map = <V>(name: string) => new ExpiringMap<V>(now, store.table(name));
  return {
    clients: map('clients'),
    registrationTokens: map('registrationTokens'),
    deviceCodes: map('deviceCodes'),
    userCodes: map('userCodes'),
    approvals: map('approvals'),
    accessTokens: new ExpiringMap<AccessToken>(now, store.table('accessTokens'), ({ family }) => family),
    refreshTokens: map('refreshTokens'),
    replacedRefreshTokens: map('replacedRefreshTokens'),
    revokedFamilies: map('revokedFamilies'),
    scopePolicies: map('scopePolicies'),
    exchangePolicies: map('exchangePolicies'),
    aupSignatures: map('aupSignatures'),
    consents: map('consents'),
    keys: map('keys'),
  };
}

/** Frees what has expired. */
export function sweep(state: State): void {
  for (const map of Object.values(state)) map.sweep();
}

/** The tables with data of a client. */
export type ClientRecords = Pick<
  State,
  | 'clients'
  | 'registrationTokens'
  | 'deviceCodes'
  | 'approvals'
  | 'accessTokens'
  | 'refreshTokens'
  | 'replacedRefreshTokens'
  | 'consents'
>;

/** Deletes a client with all its tokens, codes and approvals. */
export function forgetClient(state: ClientRecords, clientId: string): void {
  state.clients.delete(clientId);
  state.registrationTokens.deleteWhere((owner) => owner === clientId);
  for (const map of [
    state.deviceCodes,
    state.approvals,
    state.accessTokens,
    state.refreshTokens,
    state.replacedRefreshTokens,
    state.consents,
  ]) {
    map.deleteWhere((entry: { clientId: string }) => entry.clientId === clientId);
  }
}

/** Revokes a refresh token, the others of its family and the access tokens that they gave. */
export function revokeRefreshToken(
  state: Pick<State, 'accessTokens' | 'refreshTokens'>,
  refreshToken: RefreshToken,
): void {
  state.refreshTokens.deleteWhere(({ family }) => family === refreshToken.family);
  forgetAccessTokens(state, refreshToken);
}

/** Deletes the access tokens that a refresh token gave. Their signatures still verify. */
export function forgetAccessTokens(state: Pick<State, 'accessTokens'>, { family }: RefreshToken): void {
  state.accessTokens.deleteGroup(family);
}
