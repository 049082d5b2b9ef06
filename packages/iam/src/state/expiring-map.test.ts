import { describe, expect, it } from 'vitest';
import { ExpiringMap } from './expiring-map.ts';

describe('ExpiringMap', () => {
  const withClock = () => {
    let time = 0;
    const map = new ExpiringMap<string>(() => time);
    return { map, at: (seconds: number) => (time = seconds) };
  };

  it('forgets an entry when its lifetime is over, and frees it when swept', () => {
    const { map, at } = withClock();
    map.set('short', 'a', 10);
    map.set('long', 'b');
    at(9.9);
    expect(map.get('short')).toBe('a');
    at(10);
    expect(map.get('short')).toBeUndefined();
    expect(map.size).toBe(2);
    map.sweep();
    expect(map.size).toBe(1);
    expect(map.get('long')).toBe('b');
  });

  it('removes a group, what was added again and what came from the table included, and nothing else', () => {
    const stored = [{ key: 'stored', value: 'a1', expiresAt: 100 }];
    const table = { entries: () => stored, put: () => undefined, remove: () => undefined };
    const map = new ExpiringMap<string>(
      () => 0,
      table,
      (value) => value[0],
    );
    map.set('one', 'a2');
    map.set('one', 'a3');
    map.set('gone', 'a4');
    map.delete('gone');
    map.set('gone', 'b1');
    map.deleteGroup('a');
    expect([...map.values()]).toEqual(['b1']);
    map.deleteGroup('nobody');
    expect(map.size).toBe(1);
  });

  it('hands out an entry once', () => {
    const { map } = withClock();
    map.set('key', 'a');
    expect([map.take('key'), map.take('key')]).toEqual(['a', undefined]);
  });

  it('does not grow for ever: the oldest gives way', () => {
    const { map } = withClock();
    for (let n = 0; n <= 20_000; n += 1) map.set(String(n), 'x');
    expect(map.size).toBe(20_000);
    expect(map.get('0')).toBeUndefined();
    expect(map.get('20000')).toBe('x');
  });
});
