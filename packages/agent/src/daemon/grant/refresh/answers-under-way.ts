import { setTimeout } from 'node:timers/promises';

/** The number of sent requests with a refresh token that issuers have not answered yet. */
let owed = 0;
let waiting: (() => void)[] = [];

/**
 * Sends a request with a refresh token. Its answer may hold a new refresh token, which exists nowhere else, so the agent
 * does not end before it has the answer (see `allAnswered`).
 *
 * @param request sends the request, and calls `sent` as soon as the issuer may have received it
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
async function allAnswered(): Promise<void> {
  if (owed > 0) await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Milliseconds for the requests in progress. */
const ANSWER_DEADLINE_MS = 3000;
/** Milliseconds to save a refresh token that the issuer sends just before the deadline. */
const SAVE_DEADLINE_MS = 1000;

/**
 * Waits until work under way is over, for 3 s at most, because a file server may not answer. Only the answer to a request
 * with a refresh token gets more time, the 30 s of that request: it may hold a new refresh token, which exists nowhere
 * else.
 */
export async function letFinish(over: Promise<unknown>): Promise<void> {
  const isOver = over.catch(() => undefined);
  await Promise.race([isOver, setTimeout(ANSWER_DEADLINE_MS)]);
  await Promise.race([isOver, allAnswered().then(() => setTimeout(SAVE_DEADLINE_MS))]);
}
