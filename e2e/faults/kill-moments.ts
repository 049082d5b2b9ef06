/** When processes are killed: JETON_KILLS is the number of kills of each agent, JETON_SEED chooses their moments. */
import fc from 'fast-check';
import { expect } from 'vitest';

export const killsOr = (usual: number) => Number(process.env.JETON_KILLS ?? usual);
export const seed = Number(process.env.JETON_SEED ?? Date.now() % 2 ** 31);

/** When each kill comes, from 0 to 1: the same for the same seed. */
export function moments(kills: number, lane = 0): number[] {
  const part = fc.noBias(fc.integer({ min: 0, max: 999 }));
  return fc.sample(part, { numRuns: kills, seed: seed + lane }).map((part) => part / 1000);
}

/** Milliseconds that some work takes: the median of three times. */
export async function usualDuration(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[1] ?? 0;
}

/** An issuer that replaces each refresh token, and ends the login when one comes twice. */
export const rotating = { behaviour: { rotation: 'detect-reuse' } } as const;

/** The error of an agent that has lost a login. */
export const loginIsGone = {
  message: expect.stringContaining('invalid_token'),
  info: expect.stringMatching(/oidc-gen --reauthenticate/),
};
