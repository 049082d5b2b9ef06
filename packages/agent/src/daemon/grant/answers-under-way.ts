/** The number of requests with a refresh token that were sent, and that the issuers have not answered yet. */
let owed = 0;
let waiting: (() => void)[] = [];

/**
 * Sends a request with a refresh token. Its answer may hold a new refresh token, which then exists nowhere else; so the agent
 * does not end before it has the answer (see `allAnswered`).
 *
 * @param request sends the request, and calls `sent` as soon as the issuer may have got it
 */
export async function withAnswerAwaited<Result>(
  request: (sent: () => void) => Promise<Result>,
): Promise<Result> {
  let isSent = false;
  try {
    return await request(() => {
      if (!isSent) owed += 1;
      isSent = true;
    });
  } finally {
    if (isSent) owed -= 1;
    if (owed === 0) {
      for (const resolve of waiting) resolve();
      waiting = [];
    }
  }
}

/** Resolves when all of these requests are answered, or over their own deadline. */
export async function allAnswered(): Promise<void> {
  if (owed > 0) await new Promise<void>((resolve) => waiting.push(resolve));
}
