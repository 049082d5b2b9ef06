import type { JWK } from 'jose';
import type { Client } from '../clients/clients.ts';
import type { ExchangePolicy } from '../policies/exchange-policies.ts';
import type { ScopePolicy } from '../policies/scope-policies.ts';
import type { Audience } from '../tokens/audience.ts';
import { type Clock, ExpiringMap } from './expiring-map.ts';
import { memoryStore } from './store.ts';

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
  readonly approval?: Approval;
  /** A person refused it, and the device is to hear of it. */
  readonly denied?: true;
  /** What the device has to prove, if PKCE is required (RFC 7636). */
  readonly codeChallenge?: string;
}

/** The actors for the subject of a token, the last one first (RFC 8693 section 4.1). */
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
  /** That of the refresh token that came with it or gave it. */
  readonly family: string | undefined;
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
  /** Another one has taken its place already, and it works for a while longer. */
  readonly isReplaced?: true;
}

/** A refresh token that another one has taken the place of. */
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

/** What a person has agreed to let a client have. */
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
  /** Id of an oidc-provider grant -> what was approved with it. */
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
  /** What people agreed to and want to be asked no more. */
  readonly consents: ExpiringMap<Consent>;
  /** Key id -> private key. */
  readonly keys: ExpiringMap<JWK>;
}

/** The state that is in a store. */
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

/** Everything that jeton-iam knows of a client. */
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

/** Forgets a client with every token, code and approval that it holds. */
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

/** Makes a refresh token, those of its family that still work beside it, and the access tokens that they gave unusable. */
export function revokeRefreshToken(
  state: Pick<State, 'accessTokens' | 'refreshTokens'>,
  refreshToken: RefreshToken,
): void {
  state.refreshTokens.deleteWhere(({ family }) => family === refreshToken.family);
  forgetAccessTokens(state, refreshToken);
}

/** Makes the access tokens that a refresh token gave unknown; as self-contained JWTs they go on verifying. */
export function forgetAccessTokens(state: Pick<State, 'accessTokens'>, { family }: RefreshToken): void {
  state.accessTokens.deleteGroup(family);
}
