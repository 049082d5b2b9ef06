import { expect, test } from 'vitest';
import { VirtualClocks } from '../../test/virtual-clocks.ts';
import { Remembered } from './remembered.ts';

test('what was read a moment ago is not read again, and what is older is', async () => {
  let read = 0;
  const clocks = new VirtualClocks();
  const remembered = new Remembered(async () => ++read, 2, clocks);
  expect(await Promise.all([remembered.get(), remembered.get()])).toEqual([1, 1]);
  await clocks.pass(1.9);
  expect(await remembered.get()).toBe(1);
  await clocks.pass(0.1);
  expect(await remembered.get()).toBe(2);
});

test('a failure is not remembered', async () => {
  const results = [Promise.reject(new Error('no')), Promise.resolve('yes')];
  const remembered = new Remembered(
    () => results.shift() ?? Promise.resolve('again'),
    2,
    new VirtualClocks(),
  );
  await expect(remembered.get()).rejects.toThrow('no');
  expect(await remembered.get()).toBe('yes');
});
