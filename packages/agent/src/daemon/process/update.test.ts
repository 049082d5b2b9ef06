import { expect, test } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import type { Clock } from '../../concurrency/clock.ts';
import { ProgramUpdate } from './update.ts';

/** Every wait is over at once. */
const impatient: Pick<Clock, 'after'> = {
  after: (_seconds, call) => {
    call();
    return () => undefined;
  },
};
/** No wait is ever over. */
const patient: Pick<Clock, 'after'> = { after: () => () => undefined };

test('another program counts when it was there at two checks', async () => {
  const there: (string | undefined)[] = ['old', 'half', 'new', undefined, 'new', 'new'];
  const update = new ProgramUpdate('old', async () => there.shift(), patient);
  const checks: boolean[] = [];
  while (there.length > 0) checks.push(await update.isInstalled());
  expect(checks).toEqual([false, false, false, false, false, true]);
});

test('a file system that hangs is asked once, and delays no check', async () => {
  const answer = deferred<string>();
  let asked = 0;
  const update = new ProgramUpdate(
    'old',
    () => {
      asked += 1;
      return answer.promise;
    },
    impatient,
  );
  for (let checks = 0; checks < 3; checks += 1) expect(await update.isInstalled()).toBe(false);
  expect(asked).toBe(1);
  answer.resolve('new');
  await answer.promise;
  expect(await update.isInstalled()).toBe(false);
  expect(asked).toBe(2);
});
