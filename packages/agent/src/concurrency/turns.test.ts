import { expect, test } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { Turns, TurnsByKey } from './turns.ts';

test('work begins when all earlier work is over, however that ended', async () => {
  const turns = new Turns();
  const first = deferred();
  const log: string[] = [];
  const failing = turns.take(async () => {
    log.push('first begins');
    await first.promise;
    throw new Error('no');
  });
  const second = turns.take(async () => log.push('second'));
  const over = turns.over().then(() => log.push('over'));
  await new Promise(setImmediate);
  expect(log).toEqual(['first begins']);
  first.resolve();
  await expect(failing).rejects.toThrow('no');
  expect(await second).toBe(2);
  await over;
  expect(log).toEqual(['first begins', 'second', 'over']);
});

test('work of another key does not wait', async () => {
  const turns = new TurnsByKey<string>();
  const first = deferred();
  const log: string[] = [];
  const one = turns.take('a', () => first.promise);
  const two = turns.take('a', async () => log.push('a'));
  await turns.take('b', async () => log.push('b'));
  expect(log).toEqual(['b']);
  first.resolve();
  await Promise.all([one, two]);
  expect(log).toEqual(['b', 'a']);
});
