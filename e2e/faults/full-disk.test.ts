/** A disk that is full while the issuer replaces refresh tokens. The test needs root to mount a small disk. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PASSWORD } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { mountSmallDisk, type SmallDisk } from '../support/computer/small-disk.ts';
import { isRunning } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let disk: SmallDisk | undefined;
let iam: WatchedIam;
let agents: RunningAgent[];
beforeEach(async (context) => {
  sandbox = new Sandbox();
  disk = mountSmallDisk(sandbox);
  context.skip(disk === undefined, 'only a root that may mount can fill a disk');
  iam = await WatchedIam.start(sandbox, ['wlcg'], { behaviour: { rotation: 'detect-reuse' } });
  await makeAccount(sandbox, iam, 'wlcg');
  agents = [];
  for (const name of ['one', 'two']) {
    const agent = await startAgent(sandbox, { args: ['-a', join(sandbox.folder, name)] });
    agents.push(agent);
    await loadAccount(sandbox, agent.socket, 'wlcg');
  }
});
afterEach(() => sandbox.close());

const ask = (agent: number) =>
  getToken({ account: 'wlcg', forceNew: true, socketPath: agents[agent]?.socket });

it('two agents on one folder that is full lose nothing, and all is as it should be as soon as there is room', async () => {
  disk?.fill();
  expect(await ask(0)).toMatchObject({ info: expect.stringContaining('is not on disk yet') });
  // It cannot have a token before the first one has saved its refresh token, and waits.
  const second = ask(1);
  await Promise.race([second, until(() => existsSync(join(sandbox.accounts, '..wlcg.lock.waiting')))]);
  expect(iam.control.revokedFamilies).toEqual([]);
  disk?.makeRoom();
  await ask(0);
  await second;
  for (const agent of [0, 1, 0]) {
    expect(await ask(agent)).toMatchObject({ info: undefined });
    expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
  }
  expect(iam.control.revokedFamilies).toEqual([]);
});

it('oidc-gen says so before the login: without room on the disk it would be lost', async () => {
  const env = { OIDC_SOCK: agents[0]?.socket, OIDC_ENCRYPTION_PW: PASSWORD };
  const onDisk = await refreshTokenOnDisk(sandbox, 'wlcg');
  disk?.fill();
  const asked = iam.control.requests.length;
  for (const args of [
    ['--scope=openid', '--iss', iam.issuer, 'new'],
    ['--reauthenticate', 'wlcg'],
  ]) {
    const options = ['-w', 'device', '--pw-env', '--prompt=none', ...args];
    expect(await sandbox.run('oidc-gen', options, { env })).toMatchObject({
      stderr: `Error: could not write to the agent directory ${sandbox.accounts}: no space left on device (ENOSPC)\nhint: free some space there\n`,
      code: 1,
    });
  }
  expect(iam.control.requests).toHaveLength(asked);
  expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(onDisk);
  disk?.makeRoom();
  expect(await ask(0)).toMatchObject({ info: undefined });
});

it('oidc-agent -k does not end an agent that holds the only copy of a refresh token, until it is saved', async () => {
  disk?.fill();
  await ask(0);
  const kill = () =>
    sandbox.run('oidc-agent', ['-k'], {
      env: { OIDC_SOCK: agents[0]?.socket, OIDCD_PID: String(agents[0]?.pid) },
    });
  expect(await kill()).toMatchObject({
    stdout: '',
    stderr: expect.stringMatching(/^Error: the new refresh token of 'wlcg' is not on disk yet: .*\nhint: /),
    code: 1,
  });
  expect(isRunning(agents[0]?.pid ?? 0)).toBe(true);
  disk?.makeRoom();
  await getToken({ account: 'wlcg', socketPath: agents[0]?.socket });
  expect((await kill()).code).toBe(0);
  expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
});
