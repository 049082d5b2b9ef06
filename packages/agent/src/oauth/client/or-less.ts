import { IssuerError } from '../http/errors.ts';

/**
 * Sends the largest wish to an issuer, and the next smaller one as long as the issuer refuses for a reason that the
 * next one avoids. A refused request has no effect at the issuer, so that a second one does no harm.
 *
 * @param wishes the largest first
 * @param isCause whether the difference between the wishes caused the refusal
 * @throws the errors of `ask`: the IssuerError of the last wish tried, or any other error
 */
export async function orLess<Wish, Answer>(
  wishes: readonly Wish[],
  isCause: (refusal: IssuerError) => boolean,
  ask: (wish: Wish) => Promise<Answer>,
): Promise<Answer> {
  for (const [index, wish] of wishes.entries()) {
    try {
      return await ask(wish);
    } catch (error) {
      const isLast = index === wishes.length - 1;
      if (isLast || !(error instanceof IssuerError) || !isCause(error)) throw error;
    }
  }
  throw new RangeError('there must be a wish');
}

/**
 * The description, if the issuer sends one, names the reason: Keycloak sends `insufficient_scope` for every violation
 * of its policies.
 */
export function isAboutScopes({ error = '', description = error }: IssuerError): boolean {
  return /scope/i.test(description);
}
