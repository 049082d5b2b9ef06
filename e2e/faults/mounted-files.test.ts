/** Account files that are mounted, as `docker -v FILE:FILE` does it: nothing can take their place. Only root can mount. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../packages/iam/src/server.ts';
import { generateAccount, printAccount, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../support/agent/logins.ts';
import { canMount, makeFolderReadOnly, mountFile } from '../support/computer/mounts.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

describe.skipIf(!canMount)('an agent (needs a root that may mount)', () => {
  let iam: WatchedIam;
  beforeEach(async () => {
    iam = await WatchedIam.start(sandbox, ['wlcg'], { behaviour: { rotation: 'detect-reuse' } });
    await makeAccount(sandbox, iam, 'wlcg');
  });
  const ask = () => getToken({ account: 'wlcg', forceNew: true, socketPath: sandbox.env.OIDC_SOCK });

  it.each([
    ['that is mounted', () => mountFile(sandbox, 'wlcg')],
    [
      'that is mounted into a read-only folder',
      () => {
        makeFolderReadOnly(sandbox);
        return mountFile(sandbox, 'wlcg');
      },
    ],
  ])(
    'saves each new refresh token in a file %s: a login outlives kill -9 and the container',
    async (_name, mount) => {
      const outside = mount();
      const first = await startAgent(sandbox);
      await loadAccount(sandbox, first.socket, 'wlcg');
      for (const _time of [1, 2, 3]) {
        expect(await ask()).toMatchObject({ info: undefined });
        expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
      }
      await endProcess(first.pid, 'SIGKILL');
      expect(readFileSync(outside, 'utf8')).toBe(readFileSync(join(sandbox.accounts, 'wlcg'), 'utf8'));
      const second = await startAgent(sandbox);
      await loadAccount(sandbox, second.socket, 'wlcg');
      await ask();
      expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
      expect(iam.control.revokedFamilies).toEqual([]);
      expect(readdirSync(sandbox.accounts).filter((name) => /\.(tmp|new)$/.test(name))).toEqual([]);
    },
  );

  it('spends no refresh token for a file that is mounted read-only, once the issuer has replaced one', async () => {
    const agent = await startAgent(sandbox);
    await loadAccount(sandbox, agent.socket, 'wlcg');
    mountFile(sandbox, 'wlcg', 'ro');
    const refreshes = iam.refreshes.length;
    await expect(ask()).rejects.toMatchObject({
      message: expect.stringContaining("the file of the account 'wlcg' cannot be written"),
    });
    expect(iam.refreshes).toHaveLength(refreshes);
    expect(await refreshTokenOnDisk(sandbox, 'wlcg')).toBe(iam.newest('wlcg'));
  });

  it('spends none either for a mounted file that was replaced outside: what is written there is nowhere', async () => {
    const outside = mountFile(sandbox, 'wlcg');
    const agent = await startAgent(sandbox);
    await loadAccount(sandbox, agent.socket, 'wlcg');
    rmSync(outside);
    writeFileSync(outside, 'another');
    const refreshes = iam.refreshes.length;
    await expect(ask()).rejects.toMatchObject({
      message: expect.stringContaining("the file of the account 'wlcg' cannot be written"),
    });
    expect(iam.refreshes).toHaveLength(refreshes);
  });
});

describe.skipIf(!canMount)('oidc-gen (needs a root that may mount)', () => {
  let iam: RunningServer;
  beforeEach(async () => {
    const rules = [{ endpoint: '/devicecode', interval: 1 }];
    iam = await startServer({ autoApprove: 'test', behaviour: { rotation: 'rotate', rules } });
    sandbox.onClose(() => iam.close());
    await startAgent(sandbox);
    await generateAccount(sandbox, 'wlcg', { ...iam, pid: process.pid });
  });
  const oidcGen = (...args: string[]) =>
    sandbox.run('oidc-gen', ['--pw-env', '--prompt=none', '--confirm-yes', ...args], withPassword);
  const refreshToken = async () => JSON.parse(await printAccount(sandbox, 'wlcg')).refresh_token;

  describe.each([
    ['a mounted file', false],
    ['a mounted file in a read-only folder', true],
  ])('%s', (_name, inReadOnlyFolder) => {
    let outside: string;
    beforeEach(() => {
      if (inReadOnlyFolder) makeFolderReadOnly(sandbox);
      outside = mountFile(sandbox, 'wlcg');
    });

    it('--reauthenticate saves the new login in it', async () => {
      const before = await refreshToken();
      expect(await oidcGen('--reauthenticate', '-w', 'device', 'wlcg')).toMatchObject({ code: 0 });
      expect(await refreshToken()).not.toBe(before);
      expect(readFileSync(outside, 'utf8')).toBe(readFileSync(join(sandbox.accounts, 'wlcg'), 'utf8'));
    });

    it('--rename refuses before anything is changed', async () => {
      const before = readFileSync(outside, 'utf8');
      expect(await oidcGen('--rename', 'new', 'wlcg')).toMatchObject({
        stderr: expect.stringMatching(/^Error: the account file '.*wlcg' cannot be removed: .*\nhint: /),
        code: 1,
      });
      expect(readFileSync(outside, 'utf8')).toBe(before);
      expect(existsSync(join(sandbox.accounts, 'new'))).toBe(false);
      expect((await sandbox.run('oidc-add', ['-a'])).stdout).toContain('wlcg');
    });

    it('-d refuses before the client and the login are ended', async () => {
      const asked = iam.control.requests.length;
      expect(await oidcGen('-d', 'wlcg')).toMatchObject({
        stdout: '',
        stderr: expect.stringMatching(/^Error: the account file '.*wlcg' cannot be removed: .*\nhint: /),
        code: 1,
      });
      expect(iam.control.requests).toHaveLength(asked);
      expect((await sandbox.run('oidc-token', ['-f', 'wlcg'])).code).toBe(0);
    });
  });

  it('--reauthenticate refuses before the login where the file is mounted read-only', async () => {
    mountFile(sandbox, 'wlcg', 'ro');
    const asked = iam.control.requests.length;
    expect(await oidcGen('--reauthenticate', '-w', 'device', 'wlcg')).toMatchObject({
      stderr: expect.stringMatching(/^Error: the account file '.*wlcg' cannot be written\nhint: /),
      code: 1,
    });
    expect(iam.control.requests).toHaveLength(asked);
  });

  it('-u encrypts a mounted file anew', async () => {
    const outside = mountFile(sandbox, 'wlcg');
    const before = readFileSync(outside, 'utf8');
    expect(await oidcGen('-u', 'wlcg')).toMatchObject({ code: 0 });
    expect(readFileSync(outside, 'utf8')).not.toBe(before);
    expect(JSON.parse(await printAccount(sandbox, 'wlcg')).name).toBe('wlcg');
  });
});
