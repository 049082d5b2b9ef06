import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { ExpectedAccounts } from './expected-accounts.ts';

const options = { lifetime: 60, alwaysAllowIdToken: true, confirm: true };

test('an account that comes back within five minutes is loaded as it was before, once', () => {
  const expected = new ExpectedAccounts(new VirtualClock());
  expected.expect('wlcg', options);
  expect([expected.areExpected, expected.arrived('other')]).toEqual([true, undefined]);
  expect([expected.arrived('wlcg'), expected.arrived('wlcg')]).toEqual([options, undefined]);
  expect(expected.areExpected).toBe(false);
});

test('one that comes later is loaded as any', async () => {
  const clock = new VirtualClock();
  const expected = new ExpectedAccounts(clock);
  expected.expect('wlcg', options);
  await clock.pass(301);
  expect([expected.areExpected, expected.arrived('wlcg')]).toEqual([false, undefined]);
});
