/** The agent's answers (docs/protocol.md, "Answers"). */

/** The kinds of failure that an agent names in its answer, for programs: `error` may have any text, as an issuer can write it. */
export const FAILURE_KINDS = [
  'unknown-account',
  'not-loaded',
  'locked',
  'forbidden',
  'wrong-password',
  'login-needed',
  'issuer-unreachable',
  'try-again',
  'failed',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/**
 * The requests whose success has a list or an object in `info`. Client libraries expect the same type in a failure, and
 * cannot read a text in its place; so a failure of these requests has no `info`.
 */
export const answeredWithData: readonly string[] = [
  'loaded_accounts',
  'account_info',
  'status_json',
  'mytoken_supported_providers',
];

/** A failure; `info` has one hint a line, but see `answeredWithData`. */
export interface Failure {
  status: 'failure';
  error: string;
  info?: string;
  /** Absent where `error` is one of the C agent's texts and says it all. */
  kind?: FailureKind;
}

/** A success; `info` carries data for some requests and a remark for others. */
export interface Success {
  status: 'success';
  info?: unknown;
}

/** A token, in the member order of the C agent. */
export interface AccessTokenAnswer extends Success {
  access_token: string;
  issuer: string;
  /** Seconds since the epoch; 0 when the issuer did not say. */
  expires_at: number;
}

export interface IdTokenAnswer extends Success {
  id_token: string;
  issuer: string;
}

/** The mytoken server's answer, without a new mytoken for the agent itself. */
export interface MytokenAnswer extends Success {
  /** The answer contains either this or the next one. */
  mytoken?: string | undefined;
  transfer_code?: string | undefined;
  /** Seconds since the epoch; left out when it does not expire. */
  expires_at?: number | undefined;
  oidc_issuer: string;
  mytoken_issuer: string;
}

/** A new account, whole, as in its file. */
export interface ConfigAnswer extends Success {
  config: object;
}

/** A client as it was registered (RFC 7591 3.2.1). */
export interface ClientAnswer extends Success {
  client: object;
  /** Separated by spaces. */
  max_scopes?: string;
}

export interface FileAnswer extends Success {
  data: string;
}

/** A login in progress: the data that the client shows to the user. */
export type Accepted =
  | { status: 'accepted'; oidc_device: object }
  | { status: 'accepted'; uri: string; state: string };

/** A login without a result, not yet or no longer. */
export interface NotThere {
  status: 'NotFound' | 'FoundButReceived';
  info: string;
}

export type Answer =
  | Success
  | AccessTokenAnswer
  | IdTokenAnswer
  | MytokenAnswer
  | ConfigAnswer
  | ClientAnswer
  | FileAnswer
  | Accepted
  | NotThere
  | Failure;

/** Error texts that clients recognise, exactly as the C agent spells them. */
export const errorTexts = {
  accountNotLoaded: 'account not loaded',
  unknownAccount: 'No account configured with that short name',
  notImplemented: 'Not yet implemented',
  agentLocked: 'Agent locked',
  forbidden: 'operation forbidden',
} as const;
