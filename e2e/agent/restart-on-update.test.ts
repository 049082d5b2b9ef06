/** `oidc-agent --restart-on-update`: when an upgrade replaces the agent's files, the new ones go on, and clients do not notice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchFrames } from '../../packages/agent/src/daemon/process/sleeper.ts';
import type { AgentSettings } from '../../packages/agent/src/daemon/settings.ts';
import { deferred } from '../../packages/agent/test/deferred.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const run = (...args: string[]) => sandbox.run('oidc-agent', args);
const status = async () => JSON.parse((await run('--status', '--json')).stdout);

const USUAL: Omit<AgentSettings, 'socketPaths'> = {
  socketCheckSeconds: 0.05,
  sleepAfterSeconds: 5,
  lifetime: 0,
  autoload: true,
  alwaysAllowIdToken: false,
  webserver: true,
  customScheme: true,
  console: false,
  restartOnUpdate: true,
};

/** An installed agent, which looks all the time whether its files were replaced. */
async function startInstalled(others: Partial<AgentSettings> = {}) {
  const [folder = '', socket = '', pidFile = ''] = ['dist', 'agent/s', 'pid'].map((name) =>
    join(sandbox.folder, name),
  );
  cpSync(join(import.meta.dirname, '../../packages/agent/dist'), folder, { recursive: true });
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(sandbox.folder, 'node_modules'));
  mkdirSync(join(sandbox.folder, 'agent'), { mode: 0o700 });
  const settings: AgentSettings = {
    ...USUAL,
    socketPaths: [socket],
    socketFolder: join(sandbox.folder, 'agent'),
    pidFile,
    ...others,
  };
  const program = join(folder, 'oidc-agent-sleeper');
  const child = spawn(program, [], {
    argv0: 'oidc-agent',
    env: sandbox.env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe', 'ignore'],
  });
  child.stdin?.end(launchFrames(settings, [socket], folder));
  await once(child.stdio[3] ?? child, 'data');
  const pid = child.pid ?? 0;
  sandbox.onClose(() => endProcess(pid));
  Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: String(pid) });
  const awake = join(folder, 'awake.cjs');
  const text = readFileSync(awake, 'utf8');
  /** Puts other programs in the place of the agent's, as an installer does. */
  const update = (content = `${text}\n// ${Math.random()}\n`) => {
    writeFileSync(`${awake}.new`, content);
    renameSync(`${awake}.new`, awake);
    cpSync(program, `${program}.new`);
    appendFileSync(`${program}.new`, ' ');
    renameSync(`${program}.new`, program);
  };
  /** Whether the process is the newest program. */
  const isUpdated = () => statSync(`/proc/${pid}/exe`).ino === statSync(program).ino;
  return { pid, update, isUpdated, pidFile };
}

async function loadAccount(name = 'wlcg', ...args: string[]) {
  const answers = [1, 2, 3].map((number) =>
    tokens(`access ${number}`.replace(' ', '-'), { refresh_token: `refresh-${number}` }),
  );
  const issuer = await startIssuer({ '/token': answers });
  await writeAccount(sandbox, { name, issuer_url: issuer.metadata.issuer });
  const loaded = await sandbox.run('oidc-add', ['-t', '600', '--pw-env', ...args, name], withPassword);
  expect(loaded).toMatchObject({ code: 0 });
  return issuer;
}

describe.skipIf(!canSleep)('an agent that sleeps (npm run build:native)', () => {
  it('has the new program go on with all accounts and tokens, and no client notices', async () => {
    const { pid, update, isUpdated, pidFile } = await startInstalled();
    const issuer = await loadAccount();
    const before = await status();
    const failures: unknown[] = [];
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        await getToken({ account: 'wlcg', socketPath: sandbox.env.OIDC_SOCK }).then(
          ({ token }) => expect(token).toBe('access-1'),
          (error: unknown) => failures.push(error),
        );
        await setImmediate();
      }
    });
    update();
    await until(isUpdated);
    const after = await status();
    isOver = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(readFileSync(pidFile, 'latin1')).toBe(`${pid}\n`);
    expect({ ...after, accounts: [] }).toEqual({ ...before, accounts: [] });
    expect(after.accounts[0].loaded_at).toBe(before.accounts[0].loaded_at);
    expect(Math.abs(after.accounts[0].unloaded_at - before.accounts[0].unloaded_at)).toBeLessThan(2);
    expect(issuer.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
    // It can save new refresh tokens as the first one could.
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({
      stdout: 'access-2\n',
      stderr: '',
    });
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('refresh-2');
  });

  it('happens again with the next update; -k ends the agent, and nothing is left', async () => {
    const { update, isUpdated } = await startInstalled();
    await loadAccount();
    for (let updates = 0; updates < 2; updates += 1) {
      update();
      await until(isUpdated);
    }
    expect((await status()).loaded_accounts).toEqual(['wlcg']);
    expect(await run('-k')).toMatchObject({ stderr: '', code: 0 });
    await until(() => agentsOf(sandbox).length === 0);
    await until(() => !existsSync(join(sandbox.folder, 'agent')));
  });

  it('leaves the agent as it is when the new program does not run', async () => {
    const { update, isUpdated } = await startInstalled();
    await loadAccount();
    const tried = join(sandbox.folder, 'tried');
    update(`require('node:fs').writeFileSync(${JSON.stringify(tried)}, ''); process.exit(1);`);
    await until(() => existsSync(tried));
    expect(await status()).toMatchObject({ loaded_accounts: ['wlcg'] });
    expect(isUpdated()).toBe(false);
    update();
    await until(isUpdated);
    expect((await status()).loaded_accounts).toEqual(['wlcg']);
  });

  it('leaves a locked agent locked', async () => {
    const { update, isUpdated } = await startInstalled();
    await loadAccount();
    const socketPath = sandbox.env.OIDC_SOCK;
    await exchange({ request: 'lock', password: 'secret' }, { socketPath });
    update();
    await until(isUpdated);
    await expect(exchange({ request: 'loaded_accounts' }, { socketPath })).rejects.toThrow('Agent locked');
    await exchange({ request: 'unlock', password: 'secret' }, { socketPath });
    expect((await exchange({ request: 'loaded_accounts' }, { socketPath })).info).toEqual(['wlcg']);
  });

  it('waits for a user who is about to log in', async () => {
    const { update, isUpdated } = await startInstalled();
    const issuer = await startIssuer({ '/token': tokens('token', { refresh_token: 'refresh' }) });
    const config = { name: 'wlcg', issuer_url: issuer.metadata.issuer, client_id: 'client' };
    const socketPath = sandbox.env.OIDC_SOCK;
    const { oidc_device } = await exchange({ request: 'gen', config, flow: ['device'] }, { socketPath });
    update();
    // Twenty looks.
    await setTimeout(1000);
    expect(isUpdated()).toBe(false);
    await exchange({ request: 'device', oidc_device }, { socketPath });
    expect((await status()).loaded_accounts).toEqual(['wlcg']);
  });

  it('has the new program go on with the socket of the group, and with what is to be confirmed', async () => {
    const group = { name: 'the group of the test', id: process.getgid?.() ?? 0 };
    const { update, isUpdated } = await startInstalled({ group });
    await loadAccount('wlcg', '--confirm');
    const groupSocket = `${sandbox.env.OIDC_SOCK}.group`;
    update();
    await until(isUpdated);
    const token = { request: 'access_token', account: 'wlcg' };
    expect(await exchange({ request: 'check' }, { socketPath: groupSocket })).toEqual({ status: 'success' });
    expect([statSync(groupSocket).mode & 0o777, statSync(`${sandbox.env.OIDC_SOCK}`).mode & 0o777]).toEqual([
      0o660, 0o600,
    ]);
    for (const socketPath of [groupSocket, sandbox.env.OIDC_SOCK]) {
      await expect(exchange(token, { socketPath })).rejects.toThrow('operation forbidden');
    }
    await expect(exchange({ request: 'remove_all' }, { socketPath: groupSocket })).rejects.toThrow(
      'forbidden',
    );
  });

  describe('a refresh is under way when the program is replaced, and its client has gone', () => {
    async function refreshUnderWay() {
      const agent = await startInstalled();
      const [asked, answer] = [deferred(), deferred()];
      const issuer = await startIssuer({
        '/token': [
          tokens('first', { refresh_token: 'first' }),
          async ({ form }, response) => {
            asked.resolve();
            await answer.promise;
            response.end(
              JSON.stringify({ access_token: 'second', refresh_token: `after ${form.refresh_token}` }),
            );
          },
          tokens('third', { refresh_token: 'third' }),
        ],
      });
      await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
      expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
      const client = connect(sandbox.env.OIDC_SOCK ?? '');
      client.write(JSON.stringify({ request: 'access_token', account: 'wlcg', min_valid_period: -1 }));
      await asked.promise;
      client.destroy();
      return { ...agent, answer };
    }
    const onDisk = async () => (await readAccount(sandbox, 'wlcg')).refresh_token?.reveal();

    it('the agent waits for the answer and saves it first, also if SIGTERM comes', async () => {
      const { pid, answer, update, isUpdated } = await refreshUnderWay();
      update();
      // Ten looks.
      await setTimeout(500);
      expect(isUpdated()).toBe(false);
      process.kill(pid, 'SIGTERM');
      answer.resolve();
      await processEnd(pid);
      expect(await onDisk()).toBe('after first');
    });

    it('the agent answers although what came cannot be saved, as the disk hangs, and saves it first', async (context) => {
      const { answer, update, isUpdated } = await refreshUnderWay();
      const end = hang(sandbox, sandbox.accounts);
      context.skip(end === undefined, 'this user may not mount');
      answer.resolve();
      update();
      expect((await status()).loaded_accounts).toEqual(['wlcg']);
      end?.();
      await until(isUpdated);
      expect(await onDisk()).toBe('after first');
      expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ code: 0 });
    });
  });
});

describe('an agent that does not sleep', () => {
  beforeEach(() => {
    sandbox.env.JETON_SLEEP_AFTER = 'never';
  });

  it('says that the option has no effect', async () => {
    const place = ['-a', `${sandbox.env.TMPDIR}/socket`];
    const outcome = await run('--restart-on-update', ...place);
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((agent) => endProcess(agent))));
    expect(outcome).toMatchObject({
      stderr:
        "'--restart-on-update' has no effect here: after an update, start the agent again (oidc-agent -k; eval $(oidc-agent))\n",
      code: 0,
    });
  });

  it('takes over no accounts from one of an earlier version, which then goes on', async () => {
    const program = join(import.meta.dirname, '../../packages/agent/dist/daemon.cjs');
    const socket = join(sandbox.folder, 'socket');
    const successor = spawn(process.execPath, [program], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const settings = { ...USUAL, socketPaths: [socket], takesOver: true };
    successor.stdin?.end(JSON.stringify(settings));
    const [report] = await once(successor.stdio[3] ?? successor, 'data');
    expect(JSON.parse(String(report))).toMatchObject({ ready: false });
    await processEnd(successor.pid ?? 0);
    expect(existsSync(socket)).toBe(false);
  });
});

it.each(['--console', '-- true'])('does not go with %s', async (others) => {
  expect(await run('--restart-on-update', ...others.split(' '))).toMatchObject({
    stderr: expect.stringContaining("'--restart-on-update' cannot be used with "),
    code: 64,
  });
});
