import { IssuerError } from '../http/errors.ts';

/**
 * Asks an issuer for something; for less as long as it refuses because of what the next wish does without. What an issuer
 * refuses has no effect there, so that asking again does no harm.
 *
 * @param wishes the largest first
 * @param isCause whether a refusal is about what distinguishes the wishes
 * @throws what `ask` throws: an IssuerError of the last wish that was tried, or anything else
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

/** What is refused is in the sentence, if there is one: Keycloak says `insufficient_scope` to all that its policies forbid. */
export function isAboutScopes({ error = '', description = error }: IssuerError): boolean {
  return /scope/i.test(description);
}
