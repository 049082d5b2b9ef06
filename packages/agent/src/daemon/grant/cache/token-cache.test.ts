import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../test/virtual-clock.ts';
import { Secret } from '../../../secret.ts';
import { cacheKey, type IssuedToken, TokenCache, type TokenParameters } from './token-cache.ts';

const scopes = ['openid', 'storage.read:/', 'storage.read:/home', 'compute.create'];
const subset = fc.subarray(scopes);
/** The scopes of a set as people write them: in any order, some twice, with any whitespace. */
const written = (set: string[]) =>
  fc
    .tuple(
      fc.shuffledSubarray(set, { minLength: set.length }),
      fc.subarray(set),
      fc.constantFrom(' ', '  ', '\t', '\n '),
    )
    .map(([all, again, space]) => [...all, ...again].join(space));

const token = (name: string, expiresAt: number | undefined): IssuedToken => ({
  accessToken: new Secret(name),
  expiresAt,
  idToken: undefined,
  remarks: [],
});

test('the same scopes and audiences are the same token, however they are written', () => {
  const spellings = fc
    .tuple(subset, subset)
    .chain(([scope, audience]) =>
      fc.tuple(written(scope), written(scope), written(audience), written(audience)),
    );
  fc.assert(
    fc.property(spellings, ([scope, sameScope, audience, sameAudience]) => {
      expect(cacheKey({ scope, audience })).toBe(cacheKey({ scope: sameScope, audience: sameAudience }));
    }),
  );
});

test('other scopes or other audiences are another token', () => {
  fc.assert(
    fc.property(subset, subset, subset, subset, (scope, audience, otherScope, otherAudience) => {
      const key = (one: string[], other: string[]) =>
        cacheKey({ scope: one.join(' '), audience: other.join(' ') });
      const same = `${scope}|${audience}` === `${otherScope}|${otherAudience}`;
      expect(key(scope, audience) === key(otherScope, otherAudience)).toBe(same);
    }),
  );
});

test('after any changes of clock and tokens, the cache gives the newest token for these parameters while it is valid', async () => {
  // Small numbers and few parameters, so that they often meet, and at the limits. The last two are the same parameters.
  const parameters = fc.constantFrom(
    {},
    { audience: 'b' },
    { scope: 'a', audience: 'b' },
    { scope: 'a b' },
    { scope: ' b a' },
  );
  const lifetime = fc.option(fc.integer({ min: -2, max: 6 }), { nil: undefined });
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), parameters, lifetime }),
    fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ do: fc.constant('jump' as const), seconds: fc.integer({ min: -5, max: 5 }) }),
    fc.record({ do: fc.constant('hand over' as const) }),
    fc.record({ do: fc.constant('get' as const), parameters, minValid: fc.integer({ min: -1, max: 6 }) }),
  );
  const keyOf = ({ scope, audience }: TokenParameters) => `${scope?.trim().split(' ').sort()}|${audience}`;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const clock = new VirtualClock();
      let cache = new TokenCache(clock);
      const newest = new Map<string, { token: IssuedToken; until: number; steadyUntil: number }>();
      for (const [index, it] of steps.entries()) {
        if (it.do === 'pass') {
          await clock.pass(it.seconds);
        } else if (it.do === 'jump') {
          clock.jump(it.seconds);
        } else if (it.do === 'hand over') {
          const { tokens } = cache;
          cache = new TokenCache(clock);
          for (const { parameters, token, ends } of tokens) cache.set(parameters, token, ends);
        } else if (it.do === 'set') {
          const until = it.lifetime === undefined ? undefined : clock.wall() + it.lifetime;
          const fresh = token(`token ${index}`, until);
          cache.set(it.parameters, fresh);
          const steadyUntil = clock.steady() + (it.lifetime ?? 0);
          newest.set(keyOf(it.parameters), { token: fresh, until: until ?? 0, steadyUntil });
        } else {
          const known = newest.get(keyOf(it.parameters));
          const left = known && Math.min(known.until - clock.wall(), known.steadyUntil - clock.steady());
          const expected = left !== undefined && left > Math.max(it.minValid, 0) ? known?.token : undefined;
          expect(cache.get(it.parameters, it.minValid)).toBe(expected);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a clock that was set back makes no token live longer', async () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  cache.set({}, token('t', clock.wall() + 60));
  clock.jump(-3600);
  await clock.pass(60);
  expect(cache.get({}, 0)).toBeUndefined();
});

test('a cache that takes over a token takes over when it ends', async () => {
  const clock = new VirtualClock();
  const earlier = new TokenCache(clock);
  earlier.set({}, token('t', clock.wall() + 60));
  clock.jump(-3600);
  await clock.pass(30);
  const cache = new TokenCache(clock);
  for (const { parameters, token, ends } of earlier.tokens) cache.set(parameters, token, ends);
  expect(cache.get({}, 0)).toBeDefined();
  await clock.pass(30);
  expect(cache.get({}, 0)).toBeUndefined();
});

test('what ended while the computer slept has ended', () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  cache.set({}, token('t', clock.wall() + 60));
  clock.jump(61);
  expect(cache.get({}, 0)).toBeUndefined();
});

test('tokens that are not renewed are forgotten in the end', async () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  for (let index = 0; index < 100; index += 1) {
    cache.set({ audience: `a${index}` }, token('t', clock.wall() + 60));
    await clock.pass(600);
  }
  expect(cache.tokens.length).toBeLessThan(10);
});

test('the first use of a token is reported once', () => {
  let told = 0;
  const cache = new TokenCache(new VirtualClock(), () => {
    told += 1;
  });
  cache.set({}, token('t', Date.now() / 1000 + 3600));
  for (let times = 0; times < 10; times += 1) cache.get({}, 0);
  expect(told).toBe(1);
});

test('a token that cannot be kept takes the place of an older one all the same: the newest answer counts', () => {
  const cache = new TokenCache();
  cache.set({}, token('old', Date.now() / 1000 + 60));
  cache.set({}, token('new', undefined));
  expect(cache.get({}, 0)).toBeUndefined();
});

test('a token of unknown expiry is never given twice', () => {
  const cache = new TokenCache();
  cache.set({}, token('t', undefined));
  expect(cache.get({}, 0)).toBeUndefined();
});

test('of 1,500 tokens those are kept that were used last', () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  const used: TokenParameters = { audience: 'https://used.example' };
  cache.set(used, token('used', clock.wall() + 3600));
  for (let number = 0; number < 1500; number += 1) {
    cache.set({ audience: `https://${number}.example` }, token('other', clock.wall() + 3600));
    expect(cache.get(used, 0)?.accessToken.reveal()).toBe('used');
  }
  expect(cache.tokens).toHaveLength(200);
});

test('a token for more scopes or audiences than anybody asks for twice is not kept', () => {
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  cache.set({ audience: 'a'.repeat(10_000) }, token('long', clock.wall() + 3600));
  expect(cache.tokens).toEqual([]);
});
