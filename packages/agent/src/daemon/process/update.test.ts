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

test('another program counts when it was there at two looks', async () => {
  const there: (string | undefined)[] = ['old', 'half', 'new', undefined, 'new', 'new'];
  const update = new ProgramUpdate('old', async () => there.shift(), patient);
  const looks: boolean[] = [];
  while (there.length > 0) looks.push(await update.look());
  expect(looks).toEqual([false, false, false, false, false, true]);
});

test('a file system that hangs is asked once, and holds up nobody', async () => {
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
  for (let looks = 0; looks < 3; looks += 1) expect(await update.look()).toBe(false);
  expect(asked).toBe(1);
  answer.resolve('new');
  await answer.promise;
  expect(await update.look()).toBe(false);
  expect(asked).toBe(2);
});
