/** An agent that sleeps looks after its sockets: it makes one anew that has vanished, under the same lock as a new agent. */
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/until.ts';
import { withLock } from '../../agent/src/files/lock/lock.ts';
import { lockFileOf } from '../../agent/src/files/lock/lock-file.ts';
import { newOwnerText, ownerText, parseOwner } from '../../agent/src/files/lock/lock-owner.ts';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper } from './running-sleeper.ts';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

describe.each(sleepers)('the socket of an agent that sleeps, %s', (_name, command) => {
  let agent: RunningSleeper;
  beforeEach(async () => {
    agent = new RunningSleeper(command);
    expect(await agent.start({ checkSeconds: 0.05 })).toEqual({ ready: true });
  });
  afterEach(() => agent.remove());

  const isBack = () => until(() => existsSync(agent.path));

  it('is not made anew while another process holds its lock, and then is', async () => {
    await withLock(agent.path, async () => {
      rmSync(agent.path);
      await setTimeout(300);
      expect(existsSync(agent.path)).toBe(false);
    });
    await isBack();
    expect(await agent.ask({ request: 'check' })).toBe('{"status":"success"}');
    await until(() => !existsSync(lockFileOf(agent.path)));
  });

  it.each([
    ['has ended', { pid: 2 ** 22 }],
    ['has ended, and whose id another process has got', { started: '1' }],
  ])('is made anew where the lock is left of a process that %s', async (_what, changed) => {
    const owner = parseOwner(newOwnerText());
    if (owner === undefined) throw new Error('this process has no name');
    writeFileSync(lockFileOf(agent.path), ownerText({ ...owner, ...changed }));
    rmSync(agent.path);
    await isBack();
    await until(() => !existsSync(lockFileOf(agent.path)));
  });

  it('is made anew together with its folder', async () => {
    rmSync(dirname(agent.path), { recursive: true });
    await isBack();
    expect(statSync(dirname(agent.path)).mode & 0o777).toBe(0o700);
    expect(await agent.ask({ request: 'check' })).toBe('{"status":"success"}');
  });

  it('is not made anew in a folder where others could replace it, until that is mended', async () => {
    rmSync(dirname(agent.path), { recursive: true });
    mkdirSync(dirname(agent.path));
    chmodSync(dirname(agent.path), 0o777);
    rmSync(agent.path, { force: true });
    await setTimeout(300);
    expect(existsSync(agent.path)).toBe(false);
    chmodSync(dirname(agent.path), 0o700);
    await isBack();
  });
});
