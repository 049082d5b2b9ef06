import { IssuerError } from '../http/errors.ts';

/**
 * Sends the largest request to an issuer, and the next smaller one as long as the issuer refuses for a reason that the
 * next one avoids. A refused request has no effect at the issuer, so another one does no harm.
 *
 * @param requests the largest first
 * @param isCause whether the difference between the requests caused the refusal
 * @throws the errors of `send`: the IssuerError of the last request tried, or any other error
 */
export async function firstAccepted<Request, Answer>(
  requests: readonly Request[],
  isCause: (refusal: IssuerError) => boolean,
  send: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  for (const [index, request] of requests.entries()) {
    try {
      return await send(request);
    } catch (error) {
      const isLast = index === requests.length - 1;
      if (isLast || !(error instanceof IssuerError) || !isCause(error)) throw error;
    }
  }
  throw new RangeError('there must be a request');
}

/**
 * The description, if the issuer sends one, names the reason: Keycloak sends `insufficient_scope` for every violation
 * of its policies.
 */
export function isAboutScopes({ error = '', description = error }: IssuerError): boolean {
  return /scope/i.test(description);
}
