import type { IssuerMetadata } from '../../oauth/discovery.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { type Flow, requireFlow } from '../../oauth/flow.ts';
import { hasDesktop } from '../../terminal/browser.ts';
import type { Options } from './command-line.ts';

/**
 * The ways to log in, in the order in which they are tried: those of `-w`, and `refresh` where a refresh token is given.
 *
 * Else the one that suits where the person sits: the browser of the desktop, or one anywhere (device). Where the issuer
 * does not do that, the other one: a person without a desktop pastes the answer of a browser that runs elsewhere.
 */
export function flowsFor(options: Options, metadata: IssuerMetadata): readonly Flow[] {
  const given = options['refresh-token'] !== undefined;
  const flows: Flow[] = [...options.flow, ...(given ? (['refresh'] as const) : [])];
  if (flows.length > 0) return [...new Set(flows)];
  const [best, other]: [Flow, Flow] = hasDesktop() ? ['code', 'device'] : ['device', 'code'];
  return isSupported(metadata, best) || !isSupported(metadata, other) ? [best] : [other];
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
