import { describe, expect, it } from 'vitest';
import { connectionLimit } from './connection-limit.ts';

describe('the limit on connections', () => {
  it.each([
    [undefined, 1024],
    [1_048_576, 1024],
    [1152, 1024],
    [1024, 896],
    [256, 128],
    [64, 16],
  ])('is for %s open files: %s', (openFiles, limit) => {
    expect(connectionLimit(openFiles)).toBe(limit);
  });

  it('leaves room in this process', () => {
    expect(connectionLimit()).toBeGreaterThanOrEqual(16);
  });
});
