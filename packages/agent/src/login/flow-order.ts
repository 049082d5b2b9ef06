import { HintedError } from '../hinted-error.ts';
import type { Flow } from '../oauth/grants/flow.ts';
import { IssuerError, type IssuerErrorKind } from '../oauth/http/errors.ts';

/** After these errors jeton tries no other flow: it does not ask a user again who has refused or taken too long. */
const FINAL: readonly IssuerErrorKind[] = ['denied', 'expired', 'untrusted'];

/**
 * Tries flows in their order until one works: an issuer or client that does not support one flow may support the next.
 *
 * @param attempt logs in by a flow, or begins to
 * @param onFailure gets the error of a flow before the next one is tried
 * @throws the error of the last flow, or the first one that is no `IssuerError` or is final
 */
export async function tryFlows<Result>(
  flows: readonly Flow[],
  attempt: (flow: Flow) => Promise<Result>,
  onFailure: (error: IssuerError, failed: Flow, next: Flow) => void = () => undefined,
): Promise<Result> {
  for (const [index, flow] of flows.entries()) {
    try {
      return await attempt(flow);
    } catch (error) {
      const next = flows[index + 1];
      if (next === undefined || !(error instanceof IssuerError) || FINAL.includes(error.kind)) throw error;
      onFailure(error, flow, next);
    }
  }
  throw new HintedError('No flow was successful.');
}
