import type { Account } from '../../../accounts/account.ts';
import { type Flow, grantTypeOf, requireFlow } from '../../../oauth/grants/flow.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { hasDesktop } from '../../../terminal/desktop.ts';
import type { Options } from '../command-line.ts';

/**
 * The ways to log in, in the order in which they are tried: those of `-w`, and `refresh` where a refresh token is given.
 *
 * Else the one that suits where the person sits: the browser of the desktop, or one anywhere (device). Where the issuer or
 * the client cannot do that, the other one: a person without a desktop pastes the answer of a browser that runs elsewhere.
 *
 * @param account one with a client that is registered already; a new one is registered for what is chosen here
 */
export function flowsFor(options: Options, metadata: IssuerMetadata, account?: Account): readonly Flow[] {
  const given = options['refresh-token'] !== undefined;
  const flows: Flow[] = [...options.flow, ...(given ? (['refresh'] as const) : [])];
  if (flows.length > 0) return [...new Set(flows)];
  const order: Flow[] = hasDesktop() ? ['code', 'device', 'password'] : ['device', 'code', 'password'];
  const possible = order.filter((flow) => isSupported(metadata, flow) && mayUse(account, flow));
  return [possible[0] ?? order[0] ?? 'device'];
}

/** Whether a client is registered for a flow; where nobody knows, all but for the one that is rarely allowed. */
function mayUse(account: Account | undefined, flow: Flow): boolean {
  const { grant_types: granted } = account?.others ?? {};
  return Array.isArray(granted) ? granted.includes(grantTypeOf(flow)) : flow !== 'password';
}

function isSupported(metadata: IssuerMetadata, flow: Flow): boolean {
  try {
    requireFlow(metadata, flow);
    return true;
  } catch (error) {
    if (error instanceof IssuerError) return false;
    throw error;
  }
}
