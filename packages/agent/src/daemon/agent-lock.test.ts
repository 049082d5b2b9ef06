import { describe, expect, test } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { Secret } from '../secret.ts';
import { AgentLock } from './agent-lock.ts';

const password = new Secret('open sesame');
const wrong = new Secret('open barley');
const held = async () => '{"refresh_token":"rt"}';

test('what was taken away comes back with the password', async () => {
  const lock = new AgentLock();
  expect(lock.isLocked).toBe(false);
  await lock.lock(password, held);
  expect(lock.isLocked).toBe(true);
  expect(await lock.unlock(password)).toBe('{"refresh_token":"rt"}');
  expect(lock.isLocked).toBe(false);
});

test('is locked from the first moment, also while the agent still finishes something', async () => {
  const lock = new AgentLock();
  const taken = deferred<string>();
  const locking = lock.lock(password, () => taken.promise);
  expect(lock.isLocked).toBe(true);
  await expect(lock.lock(password, held)).rejects.toThrow('Agent locked');
  taken.resolve('all');
  await locking;
  expect(await lock.unlock(password)).toBe('all');
});

test('what could not be taken away leaves the agent as it was', async () => {
  const lock = new AgentLock();
  const failing = async () => {
    throw new Error('no');
  };
  await expect(lock.lock(password, failing)).rejects.toThrow('no');
  expect(lock.isLocked).toBe(false);
});

test('an agent that is not locked cannot be unlocked', async () => {
  await expect(new AgentLock().unlock(password)).rejects.toThrow('Agent not locked');
});

describe('a wrong password', () => {
  test('opens nothing, and the right one does afterwards', async () => {
    const lock = new AgentLock();
    await lock.lock(password, held);
    await expect(lock.unlock(wrong)).rejects.toThrow('wrong password');
    expect(lock.isLocked).toBe(true);
    expect(await lock.unlock(password)).toBe(await held());
  });

  test('is tried one after another, however many try', async () => {
    const lock = new AgentLock();
    await lock.lock(password, held);
    const told: number[] = [];
    const attempts = [1, 2, 3].map((number) => lock.unlock(wrong).catch(() => told.push(number)));
    const right = lock.unlock(password).then(() => told.push(4));
    await Promise.all([...attempts, right]);
    expect(told).toEqual([1, 2, 3, 4]);
  });
});
