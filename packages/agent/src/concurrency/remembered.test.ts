import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/virtual-clock.ts';
import { Remembered } from './remembered.ts';

test('a recent result is given again, an older one is read anew', async () => {
  let read = 0;
  const clock = new VirtualClock();
  const remembered = new Remembered(async () => ++read, 2, clock);
  expect(await Promise.all([remembered.get(), remembered.get()])).toEqual([1, 1]);
  await clock.pass(1.9);
  expect(await remembered.get()).toBe(1);
  await clock.pass(0.1);
  expect(await remembered.get()).toBe(2);
});

test('a failure is not remembered', async () => {
  const results = [Promise.reject(new Error('no')), Promise.resolve('yes')];
  const remembered = new Remembered(() => results.shift() ?? Promise.resolve('again'), 2, new VirtualClock());
  await expect(remembered.get()).rejects.toThrow('no');
  expect(await remembered.get()).toBe('yes');
});
