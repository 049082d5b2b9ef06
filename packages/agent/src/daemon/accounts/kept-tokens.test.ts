import { describe, expect, it } from 'vitest';
import { keptTokens } from './kept-tokens.ts';

describe('the tokens that are left to another process', () => {
  const sizes = (count: number, size: number) => Array.from({ length: count }, () => size);
  const kept = (tokens: readonly number[], accounts: number) => keptTokens(tokens, (size) => size, accounts);

  it('are all of them, as agents usually have them', () => {
    expect(kept(sizes(200, 2000), 5)).toHaveLength(200);
    expect(kept([], 1)).toEqual([]);
  });

  it('are the most recently used ones, where an account has more than its share', () => {
    expect(kept([1_500_000, 500_000, 1_000_000], 1)).toEqual([500_000, 1_000_000]);
    expect(kept(sizes(200, 8000), 50)).toHaveLength(5);
  });

  it('are none, if the last one is larger than its share', () => {
    expect(kept([1000, 900_000], 5)).toEqual([]);
  });
});
