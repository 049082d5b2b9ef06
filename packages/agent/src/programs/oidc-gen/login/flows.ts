import type { Account } from '../../../accounts/account.ts';
import { type Flow, grantTypeOf, requireFlow } from '../../../oauth/grants/flow.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { hasDesktop } from '../../../terminal/desktop/desktop.ts';
import type { Options } from '../command-line.ts';

/**
 * The flows to try, in order: those of `-w`, and `refresh` if the user gives a refresh token.
 *
 * Else the flow that suits the user's place: the browser of the desktop, or one elsewhere (device). If the issuer or
 * the client does not support it, the other one: a user without a desktop pastes the answer of a browser that runs
 * elsewhere.
 *
 * @param account one whose client is already registered; a new client is registered for the chosen flows
 */
export function flowsFor(options: Options, metadata: IssuerMetadata, account?: Account): readonly Flow[] {
  const given = options['refresh-token'] !== undefined;
  const flows: Flow[] = [...options.flow, ...(given ? (['refresh'] as const) : [])];
  if (flows.length > 0) return [...new Set(flows)];
  const order: Flow[] = hasDesktop() ? ['code', 'device', 'password'] : ['device', 'code', 'password'];
  const possible = order.filter((flow) => isSupported(metadata, flow) && mayUse(account, flow));
  return [possible[0] ?? order[0] ?? 'device'];
}

/** Whether a client is registered for a flow; if unknown, true for all flows but the one that is rarely allowed. */
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
