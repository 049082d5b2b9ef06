import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { cacheKey, type IssuedToken, TokenCache } from './token-cache.ts';

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
  narrowed: [],
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

test('whatever is asked in whatever order: the newest token of these scopes, as long as it is valid', () => {
  // Small numbers, so that they often meet at the limits.
  const step = fc.oneof(
    fc.record({
      do: fc.constant('set' as const),
      scope: subset,
      lifetime: fc.integer({ min: -2, max: 6 }),
    }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 3 }) }),
    fc.record({
      do: fc.constant('get' as const),
      scope: subset,
      minValid: fc.integer({ min: -1, max: 6 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 1_700_000_000;
      const cache = new TokenCache(() => now);
      const newest = new Map<string, IssuedToken>();
      for (const [index, it] of steps.entries()) {
        if (it.do === 'wait') {
          now += it.seconds;
        } else if (it.do === 'set') {
          const fresh = token(`token ${index}`, now + it.lifetime);
          cache.set({ scope: it.scope.join(' ') }, fresh);
          newest.set(it.scope.join(' '), fresh);
        } else {
          const known = newest.get(it.scope.join(' '));
          const left = (known?.expiresAt ?? 0) - now;
          const expected = left > it.minValid && left > 0 ? known : undefined;
          expect(cache.get({ scope: it.scope.join(' ') }, it.minValid)).toBe(expected);
        }
      }
    }),
  );
});

test('a token of which nobody knows how long it is valid is never given twice', () => {
  const cache = new TokenCache();
  cache.set({}, token('t', undefined));
  expect(cache.get({}, 0)).toBeUndefined();
});
