import { expect, test } from 'vitest';
import { VirtualClocks } from '../../../test/virtual-clocks.ts';
import { ExpectedAccounts } from './expected-accounts.ts';

const options = { lifetime: 60, alwaysAllowIdToken: true, confirm: true };

test('an account that comes back within five minutes is loaded as it was before, once', () => {
  const expected = new ExpectedAccounts(new VirtualClocks());
  expected.expect('wlcg', options);
  expect([expected.areExpected, expected.arrived('other')]).toEqual([true, undefined]);
  expect([expected.arrived('wlcg'), expected.arrived('wlcg')]).toEqual([options, undefined]);
  expect(expected.areExpected).toBe(false);
});

test('one that comes later is loaded as any', async () => {
  const clocks = new VirtualClocks();
  const expected = new ExpectedAccounts(clocks);
  expected.expect('wlcg', options);
  await clocks.pass(301);
  expect([expected.areExpected, expected.arrived('wlcg')]).toEqual([false, undefined]);
});
