import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../../test/virtual-clock.ts';
import { Secret } from '../../../secret.ts';
import { RequestFailure } from '../../failure.ts';
import { RefreshAhead } from './refresh-ahead.ts';
import { type CachedToken, TokenCache, type TokenParameters } from './token-cache.ts';

const minute = 60;
const hour = 3600;

/** An account whose issuer gives tokens of this lifetime, or fails. */
function account({ lifetime = hour, chance = 0.5 } = {}) {
  const clock = new VirtualClock();
  const cache: TokenCache = new TokenCache(clock, () => ahead.watch());
  /** Seconds since the start at which the issuer was asked. */
  const asked: number[] = [];
  const start = clock.steady();
  let failure: Error | undefined;
  const issue = async (parameters: TokenParameters) => {
    asked.push(clock.steady() - start);
    if (failure !== undefined) throw failure;
    const accessToken = new Secret(`token ${asked.length}`);
    cache.set(parameters, {
      accessToken,
      expiresAt: clock.wall() + lifetime,
      idToken: undefined,
      remarks: [],
    });
  };
  const ahead = new RefreshAhead(cache, issue, clock, () => chance);
  return {
    clock,
    cache,
    ahead,
    asked,
    issue,
    /** What a program does that asks the agent. Returns whether it had to wait for the issuer. */
    async use(parameters: TokenParameters = {}) {
      if (cache.get(parameters, 0) !== undefined) return false;
      await issue(parameters).catch(() => undefined);
      return true;
    },
    fail(error: Error | undefined) {
      failure = error;
    },
  };
}

test('a program that asks now and then waits for the issuer once', async () => {
  const { clock, use } = account();
  const waits = [];
  for (let minutes = 0; minutes < 24 * 60; minutes += 10) {
    waits.push(await use());
    await clock.pass(10 * minute);
  }
  expect(waits.filter(Boolean)).toHaveLength(1);
});

test('a token is renewed when a fifth to three tenths of its life are left', async () => {
  const moments = [];
  for (const chance of [0, 0.5, 1]) {
    const { clock, use, asked } = account({ chance });
    await use();
    await use();
    await clock.pass(hour);
    moments.push(asked[1]);
  }
  expect(moments).toEqual([48 * minute, 45 * minute, 42 * minute]);
});

test('a token that no client took from the cache expires', async () => {
  const { clock, use, asked } = account();
  await use();
  await clock.pass(3 * hour);
  expect(asked).toHaveLength(1);
});

test('when the programs stop asking, the issuer is asked once more at most', async () => {
  const { clock, use, asked } = account();
  for (let times = 0; times < 10; times += 1) await use();
  await clock.pass(24 * hour);
  expect(asked).toHaveLength(2);
});

test('each set of scopes and audiences is renewed by itself', async () => {
  const { clock, use, asked } = account();
  const requests = [{}, { scope: 'a' }, { audience: 'b' }];
  for (const parameters of requests) await use(parameters);
  for (const parameters of [{ scope: 'a' }, { audience: 'b' }]) await use(parameters);
  await clock.pass(59 * minute);
  expect(asked).toHaveLength(5);
});

describe('an issuer in trouble', () => {
  test('is asked after longer and longer pauses, until it answers', async () => {
    const { clock, use, asked, fail } = account({ lifetime: 10 * hour });
    await use();
    await use();
    fail(new Error('down'));
    await clock.pass(8.5 * hour);
    const pauses = asked.slice(1).map((moment, index, all) => moment - (all[index - 1] ?? moment));
    expect(pauses.slice(1, 6)).toEqual([7.5, 15, 30, 60, 120]);
    expect(Math.max(...pauses)).toBe(450);
    fail(undefined);
    await clock.pass(450);
    const answered = asked.length;
    await clock.pass(hour);
    expect(asked).toHaveLength(answered);
    expect(await use()).toBe(false);
  });

  test('is left alone an hour after the token has ended', async () => {
    const { clock, use, asked, fail } = account();
    await use();
    await use();
    fail(new Error('down'));
    await clock.pass(2.5 * hour);
    // A client may ask for it again until then.
    expect(asked.at(-1)).toBeGreaterThan(1.8 * hour);
    expect(asked.at(-1)).toBeLessThan(2 * hour);
    const given = asked.length;
    await clock.pass(24 * hour);
    expect(asked).toHaveLength(given);
  });

  test('that wants a new login is not asked again', async () => {
    const { clock, use, asked, fail } = account();
    await use();
    await use();
    fail(new RequestFailure('invalid_grant'));
    await clock.pass(24 * hour);
    expect(asked).toHaveLength(2);
  });
});

test('after a sleep of the computer, tokens in use are renewed at once, before a client asks', async () => {
  const { clock, use, asked } = account();
  await use();
  await use();
  await clock.pass(minute);
  clock.jump(2 * hour - minute);
  await clock.pass(minute);
  expect(asked).toHaveLength(2);
  expect(await use()).toBe(false);
});

test('an issuer whose answer brings no token that could be kept is not asked again and again', async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const cache: TokenCache = new TokenCache(clock, () => ahead.watch());
  const renew = async () => {
    asked += 1;
  };
  const ahead = new RefreshAhead(cache, renew, clock);
  const token = { accessToken: new Secret('t'), idToken: undefined, remarks: [] };
  cache.set({}, { ...token, expiresAt: clock.wall() + 60 });
  cache.get({}, 0);
  await clock.pass(hour);
  expect(asked).toBe(1);
});

test('nothing is renewed after the end, also if a client still takes a token', async () => {
  const { clock, use, asked, ahead } = account();
  for (const parameters of [{}, { scope: 'a' }]) await use(parameters);
  await use();
  expect(clock.waiting).toBe(1);
  ahead.stop();
  expect(clock.waiting).toBe(0);
  await use({ scope: 'a' });
  expect(clock.waiting).toBe(0);
  await clock.pass(2 * hour);
  expect(asked).toHaveLength(2);
});

test('a renewal under way is not begun a second time when another token is used', async () => {
  const clock = new VirtualClock();
  const asked: TokenParameters[] = [];
  const cache: TokenCache = new TokenCache(clock, () => ahead.watch());
  const renew = (parameters: TokenParameters) => {
    asked.push(parameters);
    return new Promise(() => undefined);
  };
  const ahead = new RefreshAhead(cache, renew, clock);
  const token = { accessToken: new Secret('t'), idToken: undefined, remarks: [] };
  for (const parameters of [{}, { scope: 'a' }])
    cache.set(parameters, { ...token, expiresAt: clock.wall() + hour });
  cache.get({}, 0);
  await clock.pass(50 * minute);
  cache.get({ scope: 'a' }, 0);
  await clock.pass(minute);
  expect(asked).toEqual([{}, { scope: 'a' }]);
});

test('the clock are looked at ten times a second at most', async () => {
  const { clock, use, asked } = account({ chance: 0 });
  await use();
  await clock.pass(48 * minute - 0.05);
  await use();
  await clock.pass(0.06);
  expect(asked).toHaveLength(1);
  await clock.pass(0.1);
  expect(asked).toHaveLength(2);
});

test('in any sequence of events, only used tokens are renewed, and a program that comes back in time never waits', async () => {
  const lifetime = 10 * minute;
  const requests = [{}, { scope: 'a' }, { audience: 'b' }];
  const step = fc.oneof(
    fc.record({ do: fc.constant('use' as const), parameters: fc.constantFrom(...requests) }),
    fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: lifetime }) }),
    fc.record({ do: fc.constant('jump' as const), seconds: fc.integer({ min: -hour, max: hour }) }),
  );
  const chances = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), chances, async (steps, chance) => {
      const { clock, use, asked } = account({ lifetime, chance });
      /** When each was last taken from the cache; forgotten at a jump of the clock, which no program notices in time. */
      const taken = new Map<object, number>();
      let uses = 0;
      let waits = 0;
      for (const it of steps) {
        if (it.do === 'pass') {
          await clock.pass(it.seconds);
        } else if (it.do === 'jump') {
          clock.jump(it.seconds);
          taken.clear();
        } else if (await use(it.parameters)) {
          const last = taken.get(it.parameters) ?? Number.NEGATIVE_INFINITY;
          expect(clock.steady() - last).toBeGreaterThanOrEqual(lifetime);
          taken.delete(it.parameters);
          waits += 1;
        } else {
          taken.set(it.parameters, clock.steady());
          uses += 1;
        }
      }
      expect(asked.length - waits).toBeLessThanOrEqual(uses);
    }),
  );
});

test('in any sequence of events, no request reaches the issuer too early, nor too often while it fails', async () => {
  const lifetime = 10 * minute;
  const requests = [{}, { scope: 'a' }];
  const step = fc.oneof(
    fc.record({ do: fc.constant('use' as const), parameters: fc.constantFrom(...requests) }),
    fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: lifetime }) }),
    fc.record({ do: fc.constant('jump' as const), seconds: fc.integer({ min: -hour, max: hour }) }),
    fc.record({ do: fc.constant('trouble' as const), is: fc.boolean() }),
  );
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), chances, async (steps, chances) => {
      const clock = new VirtualClock();
      let isInTrouble = false;
      const issue = async (parameters: TokenParameters) => {
        if (isInTrouble) throw new Error('down');
        const expiresAt = clock.wall() + lifetime;
        cache.set(parameters, { accessToken: new Secret('t'), expiresAt, idToken: undefined, remarks: [] });
      };
      /** How often each token could not be renewed, and when the last time was. */
      const failures = new Map<CachedToken, { count: number; at: number; jumps: number }>();
      const pauses: { count: number; pause: number; jumps: number }[] = [];
      let jumps = 0;
      const left: number[] = [];
      const renew = async (parameters: TokenParameters) => {
        const token = cache.tokens.find((cached) => cached.parameters === parameters);
        if (token === undefined) return;
        left.push(token.wanted ? cache.validFor(token) : lifetime);
        const { count = 0, at = 0, jumps: before = 0 } = failures.get(token) ?? {};
        if (count > 0) pauses.push({ count, pause: clock.steady() - at, jumps: jumps - before });
        if (isInTrouble) failures.set(token, { count: count + 1, at: clock.steady(), jumps });
        await issue(parameters);
      };
      const cache: TokenCache = new TokenCache(clock, () => ahead.watch());
      const ahead = new RefreshAhead(cache, renew, clock, () => chances.next().value ?? 0);
      for (const it of steps) {
        if (it.do === 'pass') await clock.pass(it.seconds);
        else if (it.do === 'jump') {
          clock.jump(it.seconds);
          jumps += 1;
        } else if (it.do === 'trouble') isInTrouble = it.is;
        else if (cache.get(it.parameters, 0) === undefined) await issue(it.parameters).catch(() => undefined);
        // What this has begun comes to its end before time passes.
        await clock.pass(0);
        expect(clock.waiting).toBeLessThanOrEqual(1);
      }
      for (const seconds of left) expect(seconds).toBeLessThanOrEqual(0.3 * lifetime + 0.001);
      for (const { count, pause, jumps } of pauses) {
        const least = Math.min(5 * 2 ** (count - 1), 300);
        expect(pause).toBeGreaterThanOrEqual(least - 0.001);
        // After a wall clock was set back there may be more time again.
        if (jumps === 0) expect(pause).toBeLessThanOrEqual(2 * least + 0.1 + 0.001);
      }
    }),
  );
});
