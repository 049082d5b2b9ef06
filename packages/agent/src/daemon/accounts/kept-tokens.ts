/** The tokens that an agent leaves to another process, when it is locked or falls asleep. */

/**
 * Characters of the tokens of all accounts. Clients may ask for a token of each account for ever other audiences; that must not keep
 * the agent awake, which does not sleep if all that it holds has more than 8 MiB.
 */
const MAX_CHARACTERS = 2_000_000;

/**
 * The most recently used tokens of an account, as many as there is room for; the issuer is asked again for the others.
 *
 * @param tokens the most recently used one last
 * @param charactersOf a token, in the form in which it is left
 * @param accounts the number of accounts that share the room
 */
export function keptTokens<Token>(
  tokens: readonly Token[],
  charactersOf: (token: Token) => number,
  accounts: number,
): Token[] {
  let left = MAX_CHARACTERS / accounts;
  const first = tokens.findLastIndex((token) => {
    left -= charactersOf(token);
    return left < 0;
  });
  return tokens.slice(first + 1);
}
