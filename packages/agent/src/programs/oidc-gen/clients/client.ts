import type { Account } from '../../../accounts/account.ts';
import type { Flow } from '../../../oauth/grants/flow.ts';
import type { Options } from '../command-line.ts';
import type { MetIssuer } from '../issuer.ts';

export interface Client {
  readonly issuer: MetIssuer;
  /** All of the account but what the login brings. */
  readonly account: Account;
  /** The ways to log in with it, in the order in which they are tried. */
  readonly flows: readonly Flow[];
  /** Takes back what was done at the issuer, for an account that did not come about. Never throws. */
  undo(): Promise<void>;
}

/** Who wants a client, and what for. */
export interface ClientRequest {
  /** The short name of the account. */
  readonly name: string;
  /** The agent directory. */
  readonly directory: string;
  readonly options: Options;
  /** Heeded until something was done at the issuer that has to be undone. */
  readonly signal: AbortSignal;
}
