import { setTimeout } from 'node:timers/promises';
import type { AccessToken } from '@jeton/client';

/** Assumed lifetime in seconds of a token whose expiry the agent does not know. */
const ASSUMED_LIFETIME_SECONDS = 600;
/** Clock jump and computers sleep: nothing is waited for in one piece that is longer. */
const LONGEST_WAIT_MS = 60_000;
const RETRY_SECONDS = { least: 5, most: 60 };

export interface Renewal {
  /** Gets a token that is valid for so many seconds, if the issuer gives such. */
  readonly fetch: (seconds: number) => Promise<AccessToken>;
  /** Takes a new token. */
  readonly store: (token: AccessToken) => void;
  /** Hears of an attempt that failed, and whether the last token has expired by now. */
  readonly failed: (error: unknown, expired: boolean) => void;
}

/** When to renew a token, in seconds since 1970: before the last `minSeconds`, but not in the first half of its life. */
export function renewalTime(now: number, expiresAt: number, minSeconds: number): number {
  return expiresAt - Math.min(minSeconds, (expiresAt - now) / 2);
}

/** Renews a token for ever, before it expires; after a failure again and again. Resolves when the signal is aborted. */
export async function keepRenewed(
  token: AccessToken,
  minSeconds: number,
  { fetch, store, failed }: Renewal,
  signal: AbortSignal,
): Promise<void> {
  let expiresAt = endOf(token);
  let next = renewalTime(seconds(), expiresAt, minSeconds);
  while (await reached(next, signal)) {
    const left = expiresAt - seconds();
    try {
      // Longer than the remaining lifetime: otherwise the agent would return the same token.
      const renewed = await fetch(Math.max(minSeconds, Math.ceil(left) + 1));
      store(renewed);
      expiresAt = endOf(renewed);
      next = renewalTime(seconds(), expiresAt, minSeconds);
    } catch (error) {
      if (signal.aborted) return;
      failed(error, expiresAt <= seconds());
      next = seconds() + Math.min(RETRY_SECONDS.most, Math.max(RETRY_SECONDS.least, left / 4));
    }
  }
}

const seconds = () => Date.now() / 1000;

const endOf = ({ expiresAt }: AccessToken) =>
  expiresAt > 0 ? expiresAt : seconds() + ASSUMED_LIFETIME_SECONDS;

/** Waits for a time; false if the signal was aborted first. */
async function reached(time: number, signal: AbortSignal): Promise<boolean> {
  try {
    for (let left = time - seconds(); left > 0; left = time - seconds()) {
      await setTimeout(Math.min(left * 1000, LONGEST_WAIT_MS), undefined, { signal, ref: false });
    }
  } catch {
    return false;
  }
  return !signal.aborted;
}
