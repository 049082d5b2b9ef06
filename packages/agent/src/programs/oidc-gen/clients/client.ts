import type { Account } from '../../../accounts/account.ts';
import type { Flow } from '../../../oauth/grants/flow.ts';
import type { Options } from '../command-line.ts';
import type { MetIssuer } from '../issuer.ts';

export interface Client {
  readonly issuer: MetIssuer;
  /** The account without the results of the login. */
  readonly account: Account;
  /** The login flows to try with it, in this order. */
  readonly flows: readonly Flow[];
  /** Undoes the changes at the issuer, for an account that failed. Never throws. */
  undo(): Promise<void>;
}

/** The account that needs a client, and the purpose. */
export interface ClientRequest {
  /** The short name of the account. */
  readonly name: string;
  /** The agent directory. */
  readonly directory: string;
  readonly options: Options;
  /** Heeded until something was done at the issuer that has to be undone. */
  readonly signal: AbortSignal;
}
