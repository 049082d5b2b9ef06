import { FLOWS, type Flow } from '../../../oauth/grants/flow.ts';
import { RequestFailure } from '../../failure.ts';

/**
 * The flows that a request names (docs/protocol.md, "Logins").
 * @throws RequestFailure for a word that is no flow
 */
export function flowsOf(names: readonly string[]): Flow[] {
  return names.map((name) => {
    const flow = FLOWS.find((known) => known === name);
    if (flow === undefined) throw new RequestFailure(`Unknown flow '${name}'`);
    return flow;
  });
}
