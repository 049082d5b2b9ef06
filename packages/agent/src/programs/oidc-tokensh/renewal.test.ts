import type { AccessToken } from '@jeton/client';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keepRenewed, renewalTime } from './renewal.ts';

const tokenFor = (seconds: number, token = 'token'): AccessToken => ({
  token,
  issuer: '',
  expiresAt: Date.now() / 1000 + seconds,
  info: undefined,
});

it.each([
  [{ lifetime: 3600, minSeconds: 60 }, 3540],
  [{ lifetime: 300, minSeconds: 600 }, 150],
  [{ lifetime: 60, minSeconds: 60 }, 30],
  [{ lifetime: 60, minSeconds: 0 }, 60],
])('of %j a token is renewed after %d seconds', ({ lifetime, minSeconds }, after) => {
  expect(renewalTime(1000, 1000 + lifetime, minSeconds)).toBe(1000 + after);
});

it('renews in the second half of a token, before its end, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(100_000), (lifetime, minSeconds) => {
      const after = renewalTime(0, lifetime, minSeconds);
      expect(after).toBeGreaterThanOrEqual(lifetime / 2);
      expect(after).toBeLessThanOrEqual(lifetime);
    }),
  );
});

it('asks for a token that is longer valid than the last, and goes on with that', async () => {
  const end = new AbortController();
  const asked: number[] = [];
  const stored: string[] = [];
  const fetch = async (seconds: number) => {
    asked.push(seconds);
    return tokenFor(0.2, `token ${asked.length}`);
  };
  const store = ({ token }: AccessToken) => {
    stored.push(token);
    if (stored.length === 3) end.abort();
  };
  await keepRenewed(
    tokenFor(0.2),
    60,
    { fetch, store, failed: (error) => expect(error).toBeUndefined() },
    end.signal,
  );
  expect(stored).toEqual(['token 1', 'token 2', 'token 3']);
  expect(asked).toEqual([60, 60, 60]);
});

it('hears of a failure, of one to store included, and whether the token has expired', async () => {
  const end = new AbortController();
  const store = () => {
    throw new Error('disk full');
  };
  const failed = (error: unknown, expired: boolean) => {
    expect([error, expired]).toEqual([new Error('disk full'), true]);
    end.abort();
  };
  const fetch = async () => tokenFor(-1);
  await keepRenewed(tokenFor(0), 0, { fetch, store, failed }, end.signal);
  expect.assertions(1);
});

it('ends at once when it is not needed any more', async () => {
  const end = new AbortController();
  const done = keepRenewed(
    tokenFor(3600),
    60,
    { fetch: () => Promise.reject(), store: () => undefined, failed: () => undefined },
    end.signal,
  );
  end.abort();
  await done;
});
