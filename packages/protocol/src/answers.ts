/** What the agent answers (docs/protocol.md, "Answers"). */

/** A failure; `info` says what to do, one hint a line. */
export interface Failure {
  status: 'failure';
  error: string;
  info?: string;
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

export type Answer = Success | AccessTokenAnswer | IdTokenAnswer | Failure;

/** Error texts that clients recognise, exactly as the C agent spells them. */
export const errorTexts = {
  accountNotLoaded: 'account not loaded',
  unknownAccount: 'No account configured with that short name',
  notImplemented: 'Not yet implemented',
  agentLocked: 'Agent locked',
  forbidden: 'operation forbidden',
} as const;
