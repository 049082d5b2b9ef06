import { describe, expect, test } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { SharedWork, SharedWorkByKey, unlessAborted } from './shared-work.ts';

test('all callers that join get the same result', async () => {
  const answer = deferred<string>();
  const work = new SharedWork(() => answer.promise);
  const all = [work.join(), work.join(), work.join()];
  expect(work.waiting).toBe(3);
  answer.resolve('token');
  expect(await Promise.all(all)).toEqual(['token', 'token', 'token']);
  expect(work.waiting).toBe(0);
});

describe('a caller that leaves', () => {
  test('stops waiting, and the others get their result', async () => {
    const answer = deferred<string>();
    const leave = new AbortController();
    const work = new SharedWork(() => answer.promise);
    const stays = work.join();
    const goes = work.join(leave.signal);
    leave.abort(new Error('gone'));
    await expect(goes).rejects.toThrow('gone');
    expect(work.abandoned).toBe(false);
    answer.resolve('token');
    expect(await stays).toBe('token');
  });

  test('as the last ends work that has not begun', async () => {
    const turn = deferred();
    const leave = new AbortController();
    let sent = false;
    const work = new SharedWork(async (waiters) => {
      await turn.promise;
      waiters.commit();
      sent = true;
    });
    const goes = work.join(leave.signal);
    leave.abort(new Error('gone'));
    await expect(goes).rejects.toThrow('gone');
    expect(work.abandoned).toBe(true);
    turn.resolve();
    await work.done;
    expect(sent).toBe(false);
  });

  test('before it joins ends it, too', async () => {
    const turn = deferred();
    const work = new SharedWork(async (waiters) => {
      await turn.promise;
      waiters.commit();
    });
    await expect(work.join(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(work.abandoned).toBe(true);
  });

  test('does not end committed work, and a later caller joins it', async () => {
    const answer = deferred<string>();
    const leave = new AbortController();
    const work = new SharedWork(async (waiters) => {
      waiters.commit();
      return await answer.promise;
    });
    const goes = work.join(leave.signal);
    leave.abort(new Error('gone'));
    await expect(goes).rejects.toThrow('gone');
    expect(work.abandoned).toBe(false);
    const late = work.join();
    answer.resolve('token');
    expect(await late).toBe('token');
  });
});

test('work is shared by key, and begins anew when it is over or was abandoned', async () => {
  const answers = [deferred<string>(), deferred<string>(), deferred<string>()];
  const work = new SharedWorkByKey<string>();
  let begun = 0;
  const join = (key: string, leave?: AbortSignal) =>
    work.join(key, () => (answers[begun++] ?? deferred<string>()).promise, leave);
  const two = [join('a'), join('a')];
  const leave = new AbortController();
  const goes = join('b', leave.signal);
  expect([begun, work.waiting]).toEqual([2, 3]);
  leave.abort(new Error('gone'));
  await expect(goes).rejects.toThrow('gone');
  const again = join('b');
  answers[0]?.resolve('first');
  expect(await Promise.all(two)).toEqual(['first', 'first']);
  answers[1]?.resolve('abandoned');
  await new Promise(setImmediate);
  const joined = join('b');
  answers[2]?.resolve('third');
  expect(await Promise.all([again, joined])).toEqual(['third', 'third']);
  expect([begun, work.waiting]).toEqual([3, 0]);
});

test('a failure of work that every caller has left stays unseen', async () => {
  const failure = deferred();
  const leave = new AbortController();
  const work = new SharedWork((waiters) => {
    waiters.commit();
    return failure.promise.then(() => {
      throw new Error('late');
    });
  });
  const goes = work.join(leave.signal);
  leave.abort(new Error('gone'));
  await expect(goes).rejects.toThrow('gone');
  failure.resolve();
  await work.done;
});

test('waiting for a promise can be ended; a signal that is aborted already ends it at once', async () => {
  const never = new Promise<never>(() => undefined);
  const leave = new AbortController();
  const waiting = unlessAborted(never, leave.signal);
  leave.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(unlessAborted(never, leave.signal)).rejects.toThrow('gone');
  expect(await unlessAborted(Promise.resolve('there'), new AbortController().signal)).toBe('there');
});
