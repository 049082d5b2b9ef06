import type { Behaviour } from './behaviour/behaviour.ts';
import type { RequestLog } from './behaviour/request-log.ts';
import type { ProfileName } from './profiles/profiles.ts';
import type { Clock } from './state/expiring-map.ts';
import type { State } from './state/state.ts';
import type { Store } from './state/store.ts';
import type { SigningKey } from './tokens/keys.ts';
import type { ScopeRegistry } from './tokens/scopes.ts';
import type { ExternalProvider } from './users/external-provider.ts';
import type { PasswordLogins } from './users/password-logins.ts';
import type { User, UserDirectory } from './users/users.ts';

/** Lifetimes in seconds. */
export interface Lifetimes {
  readonly accessToken: number;
  readonly idToken: number;
  readonly refreshToken: number;
  readonly deviceCode: number;
  /** A login in a browser. */
  readonly session: number;
}

export const defaultLifetimes: Lifetimes = {
  accessToken: 3600,
  idToken: 600,
  refreshToken: 30 * 24 * 3600,
  deviceCode: 600,
  session: 1800,
};

/** Which programs may use the endpoints below `/dev/`: those on this machine, those that have the token, or none. */
export type ControlAccess = 'this machine' | { readonly token: string } | 'off';

/**
 * One running IAM: what it is made of and all that it stores. Only `startServer` and `createApp` see all of it; every endpoint, page and
 * grant takes the members that it uses.
 */
export interface Iam extends Omit<State, 'keys'> {
  /** Ends in a slash: in discovery, ID tokens and introspection. */
  readonly issuer: string;
  /** The `iss` of access tokens: the issuer as it is configured, which in IAM need not end in a slash. */
  readonly accessTokenIssuer: string;
  readonly now: Clock;
  readonly key: SigningKey;
  readonly users: UserDirectory;
  /** Logins with username and password. */
  readonly passwordLogins: PasswordLogins;
  readonly scopes: ScopeRegistry;
  /** The token profile of clients that have none of their own. */
  readonly defaultProfile: ProfileName;
  readonly lifetimes: Lifetimes;
  /** Where it stores what outlives a restart. */
  readonly store: Store;
  /** Approves everything at once in the name of this user. */
  readonly autoApprove: User | undefined;
  /** Another provider at which users may log in. */
  readonly external: ExternalProvider | undefined;
  /** Clients may also register at `/register`, as before IAM 1.8. */
  readonly legacyRegister: boolean;
  /** No other machine can reach it, except through a proxy. */
  readonly onlyLoopback: boolean;
  /** Which programs may use the endpoints below `/dev/`. */
  readonly controlAccess: ControlAccess;
  /** How it differs from IAM. */
  readonly behaviour: Behaviour;
  /** The latest requests. */
  readonly requests: RequestLog;
}
