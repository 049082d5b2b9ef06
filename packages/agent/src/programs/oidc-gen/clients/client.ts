/** The client to log in with: where it comes from. */

import type { Account } from '../../../accounts/account.ts';
import type { Flow } from '../../../oauth/grants/flow.ts';
import type { Options } from '../command-line.ts';
import type { MetIssuer } from '../issuer.ts';
import { manualClient } from './manual.ts';
import { publicClient } from './public-client.ts';
import { registeredClient } from './register.ts';

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

/**
 * The client that the options name or describe; without any, a new one is registered.
 *
 * Throws ProgramError, VaultError, IssuerError, IssuerUnreachableError or Interrupted.
 */
export async function clientFor(request: ClientRequest): Promise<Client> {
  const { file, manual, 'client-id': clientId, pub } = request.options;
  const isNamed = file !== undefined || clientId !== undefined;
  if (pub && !isNamed) return await publicClient(request);
  if (isNamed || manual) return await manualClient(request);
  return await registeredClient(request);
}
