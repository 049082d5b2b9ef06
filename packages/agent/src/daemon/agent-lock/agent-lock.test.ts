import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { Secret } from '../../secret.ts';
import { AgentLock } from './agent-lock.ts';

const password = new Secret('open sesame');
const wrong = new Secret('open barley');
const held = async () => '{"refresh_token":"rt"}';

test('the serialized accounts come back with the password', async () => {
  const agentLock = new AgentLock();
  expect(agentLock.isLocked).toBe(false);
  await agentLock.lock(password, held);
  expect(agentLock.isLocked).toBe(true);
  expect(await agentLock.unlock(password)).toBe('{"refresh_token":"rt"}');
  expect(agentLock.isLocked).toBe(false);
});

test('is locked from the first moment, also while the agent still finishes something', async () => {
  const agentLock = new AgentLock();
  const taken = deferred<string>();
  const locking = agentLock.lock(password, () => taken.promise);
  expect(agentLock.isLocked).toBe(true);
  await expect(agentLock.lock(password, held)).rejects.toThrow('Agent locked');
  taken.resolve('all');
  await locking;
  expect(await agentLock.unlock(password)).toBe('all');
});

test('what could not be taken away leaves the agent as it was', async () => {
  const agentLock = new AgentLock();
  const failing = async () => {
    throw new Error('no');
  };
  await expect(agentLock.lock(password, failing)).rejects.toThrow('no');
  expect(agentLock.isLocked).toBe(false);
});

test('an agent that is not locked cannot be unlocked', async () => {
  await expect(new AgentLock().unlock(password)).rejects.toThrow('Agent not locked');
});

describe('a wrong password', () => {
  test('opens nothing, and the right one does afterwards', async () => {
    const agentLock = new AgentLock();
    await agentLock.lock(password, held);
    await expect(agentLock.unlock(wrong)).rejects.toThrow('wrong password');
    expect(agentLock.isLocked).toBe(true);
    expect(await agentLock.unlock(password)).toBe(await held());
  });

  test('does not delay the right one, however many are under way', async () => {
    const clock = new VirtualClock();
    const agentLock = new AgentLock(clock);
    await agentLock.lock(password, held);
    const told: string[] = [];
    const guesses = Array.from({ length: 9 }, () => agentLock.unlock(wrong).catch(() => told.push('wrong')));
    // No time passes.
    expect(await agentLock.unlock(password)).toBe(await held());
    expect(told).toEqual([]);
    await vi.waitFor(() => expect(clock.waiting).toBe(9), { timeout: 60_000 });
    await clock.pass(10);
    await Promise.all(guesses);
  });

  test('is answered later and later', async () => {
    const clock = new VirtualClock();
    const agentLock = new AgentLock(clock);
    await agentLock.lock(password, held);
    for (const seconds of [0.1, 0.4, 0.9, 1.6]) {
      let isTold = false;
      const guess = agentLock.unlock(wrong).catch(() => {
        isTold = true;
      });
      await vi.waitFor(() => expect(clock.waiting).toBe(1), { timeout: 60_000 });
      await clock.pass(seconds / 2);
      expect(isTold).toBe(false);
      await clock.pass(seconds / 2 + 0.001);
      await guess;
      expect(isTold).toBe(true);
    }
  });

  test('after ten others is not looked at: one more each ten seconds, and all is forgotten after a while', async () => {
    const clock = new VirtualClock();
    const agentLock = new AgentLock(clock);
    await agentLock.lock(password, held);
    const refusal = {
      message: 'too many wrong passwords; please try again later',
      hints: [
        'the next attempt is possible in 10 s',
        'if these attempts are not yours, one of your programs makes them: end that program',
        'or end the agent and start another one, if you can do without what is only in its memory: oidc-agent -k',
      ],
    };
    const guess = () => agentLock.unlock(wrong).catch(({ message }) => message);
    const flood = Array.from({ length: 10 }, guess);
    await expect(agentLock.unlock(wrong)).rejects.toMatchObject(refusal);
    await expect(agentLock.unlock(password)).rejects.toMatchObject(refusal);
    await vi.waitFor(() => expect(clock.waiting).toBe(10), { timeout: 60_000 });
    await clock.pass(10);
    expect(await Promise.all(flood)).toEqual(Array(10).fill('wrong password'));
    const another = guess();
    await expect(agentLock.unlock(wrong)).rejects.toMatchObject(refusal);
    await vi.waitFor(() => expect(clock.waiting).toBe(1), { timeout: 60_000 });
    await clock.pass(10);
    await another;
    expect(await agentLock.unlock(password)).toBe(await held());
  });
});
