/** How many answers issuers owe to requests that were sent with a refresh token. */
let owed = 0;
let waiting: (() => void)[] = [];

/**
 * Sends a request with a refresh token. As a new one may be in the answer, and is nowhere else then, the agent does not end
 * before the answer is there.
 *
 * @param request is to call `sent` when the request may have reached the issuer
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

/** Resolves when no issuer owes such an answer: at the latest when the last request's own deadline is over. */
export async function allAnswered(): Promise<void> {
  if (owed > 0) await new Promise<void>((resolve) => waiting.push(resolve));
}
