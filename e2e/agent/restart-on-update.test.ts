/** `oidc-agent --restart-on-update`: when an upgrade replaces the agent's program, the new one continues, and clients do not notice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentSettings } from '../../packages/agent/src/daemon/settings.ts';
import { deferred } from '../../packages/agent/test/deferred.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const run = (...args: string[]) => sandbox.run('oidc-agent', args);
const status = async () => JSON.parse((await run('--status', '--json')).stdout);

/** An installed agent, which looks all the time whether its program was replaced. */
async function startInstalled(others: Partial<AgentSettings> = {}) {
  const [program, socket, pidFile] = ['dist', 'agent/s', 'pid'].map((name) => join(sandbox.folder, name));
  cpSync(join(import.meta.dirname, '../../packages/agent/dist'), program ?? '', { recursive: true });
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(sandbox.folder, 'node_modules'));
  const daemonProgram = join(program ?? '', 'daemon.cjs');
  const settings: AgentSettings = {
    socketPaths: [socket ?? ''],
    socketFolder: join(sandbox.folder, 'agent'),
    socketCheckSeconds: 0.05,
    lifetime: 0,
    autoload: true,
    alwaysAllowIdToken: false,
    webserver: true,
    customScheme: true,
    restartOnUpdate: true,
    console: false,
    pidFile,
    ...others,
  };
  const child = spawn(process.execPath, [daemonProgram], {
    env: sandbox.env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  child.stdin?.end(JSON.stringify(settings));
  await once(child.stdio[3] ?? child, 'data');
  Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: String(child.pid) });
  const text = readFileSync(daemonProgram, 'utf8');
  /** Puts another program in the place of the agent's, as an installer does. */
  const update = (content = `${text}\n// ${Math.random()}\n`) => {
    writeFileSync(`${daemonProgram}.new`, content);
    renameSync(`${daemonProgram}.new`, daemonProgram);
  };
  return { pid: child.pid ?? 0, update, pidFile: pidFile ?? '' };
}
const pid = async (): Promise<number> => (await status()).pid;

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

it('has the new program go on with all accounts and tokens, and no client notices', async () => {
  const { pid: first, update, pidFile } = await startInstalled();
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
  await processEnd(first);
  const after = await status();
  isOver = true;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(agentsOf(sandbox)).toEqual([after.pid]);
  expect(readFileSync(pidFile, 'latin1')).toBe(`${after.pid}\n`);
  expect({ ...after, accounts: [] }).toEqual({ ...before, pid: after.pid, accounts: [] });
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

it('happens again with the next update; -k ends the agent of now, and nothing is left', async () => {
  const { pid: first, update } = await startInstalled();
  await loadAccount();
  update();
  await processEnd(first);
  const second = await pid();
  update();
  await processEnd(second);
  expect((await status()).loaded_accounts).toEqual(['wlcg']);
  expect(await run('-k')).toMatchObject({ stderr: '', code: 0 });
  await until(() => agentsOf(sandbox).length === 0);
  await until(() => !existsSync(join(sandbox.folder, 'agent')));
});

it('leaves the agent as it is when the new program does not run', async () => {
  const { pid: first, update } = await startInstalled();
  await loadAccount();
  const tried = join(sandbox.folder, 'tried');
  update(`require('node:fs').writeFileSync(${JSON.stringify(tried)}, ''); process.exit(1);`);
  await until(() => existsSync(tried));
  expect(await status()).toMatchObject({ pid: first, loaded_accounts: ['wlcg'] });
  update();
  await processEnd(first);
  expect((await status()).loaded_accounts).toEqual(['wlcg']);
});

it('leaves a locked agent locked', async () => {
  const { pid: first, update } = await startInstalled();
  await loadAccount();
  const socketPath = sandbox.env.OIDC_SOCK;
  await exchange({ request: 'lock', password: 'secret' }, { socketPath });
  update();
  await processEnd(first);
  await expect(exchange({ request: 'loaded_accounts' }, { socketPath })).rejects.toThrow('Agent locked');
  await exchange({ request: 'unlock', password: 'secret' }, { socketPath });
  expect((await exchange({ request: 'loaded_accounts' }, { socketPath })).info).toEqual(['wlcg']);
});

it('waits for a user who is about to log in', async () => {
  const { pid: first, update } = await startInstalled();
  const issuer = await startIssuer({ '/token': tokens('token', { refresh_token: 'refresh' }) });
  const config = { name: 'wlcg', issuer_url: issuer.metadata.issuer, client_id: 'client' };
  const socketPath = sandbox.env.OIDC_SOCK;
  const { oidc_device } = await exchange({ request: 'gen', config, flow: ['device'] }, { socketPath });
  update();
  // Twenty looks.
  await setTimeout(1000);
  expect(await pid()).toBe(first);
  await exchange({ request: 'device', oidc_device }, { socketPath });
  await processEnd(first);
  expect((await status()).loaded_accounts).toEqual(['wlcg']);
});

it.each(['--console', '-- true'])('does not go with %s', async (others) => {
  expect(await run('--restart-on-update', ...others.split(' '))).toMatchObject({
    stderr: expect.stringContaining("'--restart-on-update' cannot be used with "),
    code: 64,
  });
});

it('has the new program go on with the socket of the group, and with what is to be confirmed', async () => {
  const group = { name: 'the group of the test', id: process.getgid?.() ?? 0 };
  const { pid: first, update } = await startInstalled({ group });
  await loadAccount('wlcg', '--confirm');
  const groupSocket = `${sandbox.env.OIDC_SOCK}.group`;
  update();
  await processEnd(first);
  const token = { request: 'access_token', account: 'wlcg' };
  expect(await exchange({ request: 'check' }, { socketPath: groupSocket })).toEqual({ status: 'success' });
  expect([statSync(groupSocket).mode & 0o777, statSync(`${sandbox.env.OIDC_SOCK}`).mode & 0o777]).toEqual([
    0o660, 0o600,
  ]);
  for (const socketPath of [groupSocket, sandbox.env.OIDC_SOCK]) {
    await expect(exchange(token, { socketPath })).rejects.toThrow('operation forbidden');
  }
  await expect(exchange({ request: 'remove_all' }, { socketPath: groupSocket })).rejects.toThrow('forbidden');
});

describe('a refresh is under way when the program is replaced, and its client has gone', () => {
  async function refreshUnderWay() {
    const { pid: first, update } = await startInstalled();
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
    return { first, answer, update };
  }
  const onDisk = async () => (await readAccount(sandbox, 'wlcg')).refresh_token?.reveal();

  it('SIGTERM does not end the first agent before it has saved what comes, and handed it over', async () => {
    const { first, answer, update } = await refreshUnderWay();
    update();
    await until(() => agentsOf(sandbox).length === 2);
    // The new agent says that it is ready.
    await setTimeout(500);
    process.kill(first, 'SIGTERM');
    answer.resolve();
    await processEnd(first);
    expect([await onDisk(), (await status()).loaded_accounts]).toEqual(['after first', ['wlcg']]);
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stdout: 'third\n' });
  });

  it('the new agent answers although what came cannot be saved, as the disk hangs, and saves it afterwards', async (context) => {
    const { first, answer, update } = await refreshUnderWay();
    const end = hang(sandbox, sandbox.accounts);
    context.skip(end === undefined, 'this user may not mount');
    answer.resolve();
    update();
    // The first process has ended then, but for a thread that the hung file system holds.
    await until(async () => (await pid()) !== first);
    expect((await status()).loaded_accounts).toEqual(['wlcg']);
    end?.();
    await processEnd(first);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ code: 0 });
    await until(async () => (await onDisk()) === 'after first');
  });
});
