/// <reference lib="esnext.disposable" preserve="true" />

/** What `startIam` takes and gives: the interface of the package, which imports nothing else. */

/** The options of `startIam`: those of the program `jeton-iam`, whose reference describes them (docs/iam-reference.md). */
export interface IamOptions {
  /** The port to listen on; 0, the default, picks a free one. */
  readonly port?: number;
  /** The address to listen on; a loopback address, the default, means both 127.0.0.1 and ::1. */
  readonly host?: string;
  /** The issuer, if clients reach it under another URL than `http://localhost:<port>/`, for instance behind a proxy. */
  readonly issuer?: string;
  /** Serve https with this certificate chain and key, both as PEM, or with a certificate that is made now: `RunningIam.certificate`. */
  readonly tls?: 'self-signed' | { readonly cert: string; readonly key: string };
  /** Approve device codes and consent at once in the name of this user, without a browser. */
  readonly autoApprove?: string;
  /** The token profile of clients without one, by default `wlcg`. */
  readonly profile?: 'iam' | 'wlcg' | 'aarc' | 'kc';
  /** Behave like another issuer. */
  readonly like?: 'keycloak' | 'entra' | 'google' | 'okta' | 'egi-checkin';
  /** Misbehave on purpose: rules and settings in the words of `--behave`, such as `endpoint=/token,status=503,times=2`. */
  readonly behave?: string | readonly string[];
  /** Users, groups, clients, scopes, policies and lifetimes: the path of a YAML file, or what it would contain. */
  readonly config?: string | IamConfig;
  /** An SQLite file that keeps the state; by default it is in memory. */
  readonly data?: string;
  /** Another OpenID provider at which users may log in. Without a secret, the IAM is a public client there. */
  readonly external?: { readonly issuer: string; readonly clientId: string; readonly clientSecret?: string };
  /** Let clients also register at `/register`, as IAM did before 1.8. */
  readonly legacyRegister?: boolean;
  /** Require this bearer token at the control endpoints (`/dev/`). */
  readonly controlToken?: string;
  /** Gets a line for each request, with method, path and status, and the stack trace of each unexpected error. */
  readonly log?: (line: string) => void;
}

/** The members of a configuration file, with the names that they have there. All parts are optional. */
export interface IamConfig {
  readonly profile?: IamOptions['profile'] | undefined;
  readonly groups?:
    | readonly (string | { readonly name: string; readonly optional?: boolean | undefined })[]
    | undefined;
  /** Replace the users `test` and `admin`. */
  readonly users?: readonly IamUser[] | undefined;
  /** Clients in addition to those that every instance has. */
  readonly clients?: readonly IamClient[] | undefined;
  /** Scopes in addition to IAM's own; one with the same `value` replaces IAM's. */
  readonly scopes?: readonly IamScope[] | undefined;
  /** Without any, users may have all scopes. */
  readonly scope_policies?: readonly IamScopePolicy[] | undefined;
  /** Without any, clients may exchange all tokens. */
  readonly exchange_policies?: readonly IamExchangePolicy[] | undefined;
  readonly lifetimes?: IamLifetimes | undefined;
  readonly like?: IamOptions['like'] | undefined;
  /** Settings, and `rules`. The start checks them. */
  readonly behaviour?: Readonly<Record<string, unknown>> | undefined;
}

export interface IamUser {
  readonly username: string;
  readonly password: string;
  /** The `sub` of the user's tokens, a UUID; by default it is derived from the username. */
  readonly id?: string | undefined;
  readonly given_name?: string | undefined;
  readonly family_name?: string | undefined;
  readonly email?: string | undefined;
  readonly nickname?: string | undefined;
  readonly gender?: string | undefined;
  /** YYYY-MM-DD */
  readonly birthdate?: string | undefined;
  /** Names of `groups`. */
  readonly groups?: readonly string[] | undefined;
  readonly admin?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** Whether the user has signed the acceptable use policy, by default `signed`. */
  readonly aup?: 'signed' | 'unsigned' | undefined;
  /** The user's identities at other OpenID providers. */
  readonly external?: readonly { readonly issuer: string; readonly subject: string }[] | undefined;
}

export interface IamClient {
  readonly client_id: string;
  /** A client without one is public. */
  readonly client_secret?: string | undefined;
  readonly client_name?: string | undefined;
  /** Such as `client_credentials` or `urn:ietf:params:oauth:grant-type:device_code`. */
  readonly grant_types: readonly string[];
  readonly redirect_uris?: readonly string[] | undefined;
  /** Separated by spaces. */
  readonly scope: string;
  /** Usernames. */
  readonly owners?: readonly string[] | undefined;
  readonly access_token_validity_seconds?: number | undefined;
  readonly refresh_token_validity_seconds?: number | undefined;
  readonly id_token_validity_seconds?: number | undefined;
  readonly device_code_validity_seconds?: number | undefined;
  readonly reuse_refresh_token?: boolean | undefined;
  readonly allow_introspection?: boolean | undefined;
  readonly clear_access_tokens_on_refresh?: boolean | undefined;
  readonly require_auth_time?: boolean | undefined;
  readonly active?: boolean | undefined;
}

export interface IamScope {
  readonly value: string;
  readonly description: string;
  /** Clients that register without a scope get it. */
  readonly default?: boolean | undefined;
  /** Only an administrator may give it to a client. */
  readonly restricted?: boolean | undefined;
}

export interface IamScopePolicy {
  readonly rule: 'PERMIT' | 'DENY';
  readonly description?: string | undefined;
  /** How `scopes` match, by default `EQ`. */
  readonly matchingPolicy?: 'EQ' | 'REGEXP' | 'PATH' | undefined;
  /** A username. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** By default all. */
  readonly scopes?: readonly string[] | undefined;
}

export interface IamExchangePolicy {
  readonly rule: 'PERMIT' | 'DENY';
  readonly description?: string | undefined;
  readonly originClient?: IamClientMatching | undefined;
  readonly destinationClient?: IamClientMatching | undefined;
  readonly scopePolicies?:
    | readonly {
        readonly rule: 'PERMIT' | 'DENY';
        readonly type: 'EQ' | 'REGEXP' | 'PATH';
        readonly matchParam: string;
      }[]
    | undefined;
}

export interface IamClientMatching {
  readonly type: 'ANY' | 'BY_ID' | 'BY_SCOPE';
  readonly matchParam?: string | undefined;
}

/** Seconds. */
export interface IamLifetimes {
  readonly access_token?: number | undefined;
  readonly id_token?: number | undefined;
  readonly refresh_token?: number | undefined;
  readonly device_code?: number | undefined;
  /** Of a login in a browser. */
  readonly session?: number | undefined;
}

/** An IAM that runs in this process. `await using` stops it at the end of the block. */
export interface RunningIam extends AsyncDisposable {
  /** Ends in a slash. */
  readonly issuer: string;
  readonly port: number;
  /** With `tls`, the certificate that clients must trust, as PEM. */
  readonly certificate: string | undefined;
  /**
   * Replaces the behaviour by rules and settings in the words of `--behave`; without any, it behaves as IAM.
   * @throws Error that names the mistake
   */
  behave(...words: readonly string[]): void;
  /**
   * Approves a device code in the name of a user, as the user does on the pages.
   * @throws Error if no device waits with this user code, or there is no such user
   */
  approve(userCode: string, username: string): void;
  /** Refuses a device code. @throws Error as `approve` does */
  deny(userCode: string, username: string): void;
  /** The requests since the start or the last `clearRequests`, the oldest first; at most 10 000. */
  readonly requests: readonly IamRequest[];
  clearRequests(): void;
  /** Stops at once, closes open connections and frees the port. A second call does nothing. */
  stop(): Promise<void>;
}

/** A request, without query, form and headers, which may be secret. */
export interface IamRequest {
  /** When it arrived, in seconds since 1970. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  /** A client ID. */
  readonly client?: string;
  /** The `grant_type` of a request to the token endpoint. */
  readonly grant?: string;
  /** The HTTP status of the answer, or null if a rule dropped the connection. */
  readonly status: number | null;
}
