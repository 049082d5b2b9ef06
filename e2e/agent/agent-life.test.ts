/** An agent from its start to its end: where its socket is, what a shell reads, and that nothing is left of it. */
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../packages/agent/test/deferred.ts';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { printed } from '../support/computer/printed.ts';
import { Sandbox, stop } from '../support/computer/sandbox.ts';
import { endProcess, isRunning, processEnd } from '../support/processes.ts';
import { type Answer, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const mode = (path: string) => statSync(path).mode & 0o777;
const temporaryFiles = () => readdirSync(sandbox.env.TMPDIR ?? '');
const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args], withPassword);
const loaded = async () => (await sandbox.run('oidc-add', ['-a'])).stdout;

async function writeWorkingAccount(name = 'wlcg'): Promise<void> {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name, issuer_url: metadata.issuer });
}

describe('the start', () => {
  it('prints the lines of the C agent, for a shell', async () => {
    const { stdout, stderr, code } = await sandbox.run('oidc-agent', []);
    const [, socket, pid] =
      /^OIDC_SOCK=(\S+); export OIDC_SOCK;\nOIDCD_PID=(\d+); export OIDCD_PID;\necho Agent pid \$OIDCD_PID;?\n$/.exec(
        stdout,
      ) ?? [];
    await endProcess(Number(pid));
    expect(socket).toBe(`${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`);
    expect([stderr, code]).toEqual(['', 0]);
  });

  it('with settings of its own is at a place of its own', async () => {
    const { socket, dpid } = JSON.parse((await sandbox.run('oidc-agent', ['-t', '60', '--json'])).stdout);
    await endProcess(Number(dpid));
    expect(socket).toMatch(new RegExp(`^${sandbox.env.TMPDIR}/oidc-[A-Za-z0-9]{6}/oidc-agent\\.\\d+$`));
    expect(temporaryFiles()).toEqual([]);
  });

  it('prints JSON as the C agent does', async () => {
    const { stdout } = await sandbox.run('oidc-agent', ['--json']);
    const { socket, dpid } = JSON.parse(stdout);
    await endProcess(Number(dpid));
    expect(stdout.trimEnd()).toBe(`{\n\t"socket":\t"${socket}",\n\t"dpid":\t"${dpid}"\n}`);
  });

  it('is over when the agent listens: the next command finds it', async () => {
    const script =
      'eval "$(oidc-agent)" && oidc-add -a && eval "$(oidc-agent -k)" && echo "[$OIDC_SOCK$OIDCD_PID]"';
    const { stdout, stderr, code } = await sandbox.run('/bin/sh', ['-c', script]);
    expect(stdout).toMatch(/^Agent pid (\d+)\nAgent pid \1 killed;?\n\[\]\n$/);
    expect([stderr, code]).toEqual(['', 0]);
    const [folder = ''] = temporaryFiles();
    expect(readdirSync(join(sandbox.env.TMPDIR ?? '', folder))).toEqual([]);
  });

  it('makes the socket for its owner only, in a folder for its owner only', async () => {
    const { socket } = await startAgent(sandbox);
    expect([mode(socket), mode(dirname(socket))]).toEqual([0o600, 0o700]);
  });
});

describe('-a', () => {
  const at = (path: string, options = {}) => sandbox.run('oidc-agent', ['-a', path, '--json'], options);
  const end = (pid: string) => endProcess(Number(pid));

  it.each([
    ['a path', 'sockets/mine', /^sockets\/mine$/],
    ['a folder', 'sockets/', /^sockets\/oidc-agent\.\d+$/],
    ['a path with XXXXXX', 'sockets/oidc-XXXXXX/mine', /^sockets\/oidc-[A-Za-z0-9]{6}\/mine$/],
    ['a folder with XXXXXX', 'sockets/XXXXXX/', /^sockets\/[A-Za-z0-9]{6}\/oidc-agent\.\d+$/],
  ])('takes %s; the folders that it makes are private and go with it', async (_name, path, expected) => {
    const { socket, dpid } = JSON.parse((await at(`${sandbox.folder}/${path}`)).stdout);
    const folder = dirname(socket);
    const modes = [mode(socket), mode(folder)];
    await end(dpid);
    expect(socket.slice(sandbox.folder.length + 1)).toMatch(expected);
    expect(modes).toEqual([0o600, 0o700]);
    expect(existsSync(folder)).toBe(false);
  });

  it('takes a path from where one is, and tells the whole of it', async () => {
    const { socket, dpid } = JSON.parse((await at('mine', { cwd: sandbox.folder })).stdout);
    await end(dpid);
    expect(socket).toBe(join(sandbox.folder, 'mine'));
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(sandbox.folder)).toBe(true);
  });

  it('leaves a folder that was there', async () => {
    mkdirSync(join(sandbox.folder, 'mine'), { mode: 0o755 });
    const { dpid } = JSON.parse((await at(join(sandbox.folder, 'mine/'))).stdout);
    await end(dpid);
    expect(readdirSync(join(sandbox.folder, 'mine'))).toEqual([]);
    expect(mode(join(sandbox.folder, 'mine'))).toBe(0o755);
  });

  it('takes the place of an agent that has died', async () => {
    const path = join(sandbox.folder, 'mine');
    const first = JSON.parse((await at(path)).stdout);
    await endProcess(Number(first.dpid), 'SIGKILL');
    expect(existsSync(path)).toBe(true);
    const second = JSON.parse((await at(path)).stdout);
    const answer = await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: path } });
    await end(second.dpid);
    expect(answer).toMatchObject({ stderr: '', code: 0 });
  });

  it('does not take the place of an agent that is alive', async () => {
    const { socket, pid } = await startAgent(sandbox);
    expect(await at(socket)).toMatchObject({
      stdout: '',
      stderr: `Error: Could not bind ipc-socket\nhint: an agent is already listening there; use it: OIDC_SOCK=${socket}; export OIDC_SOCK\n`,
      code: 1,
    });
    expect(isRunning(pid)).toBe(true);
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ code: 0 });
  });

  it('does not take the place of a file', async () => {
    const file = join(sandbox.folder, 'notes');
    writeFileSync(file, 'dear diary');
    expect(await at(file)).toMatchObject({
      stdout: '',
      stderr: `Error: Could not bind ipc-socket\nhint: ${file} exists and is not a socket\nhint: choose another place: oidc-agent --socket-path=PATH\n`,
      code: 1,
    });
    expect(statSync(file).size).toBe(10);
  });

  it('does not use a folder in which others could put a socket of theirs', async () => {
    const folder = join(sandbox.folder, 'everyone');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(await at(`${folder}/s`)).toMatchObject({
      stdout: '',
      stderr: `Error: socket path location is not trustworthy\nhint: ${folder} must belong to you and must not be writable by others: chmod 700\n`,
      code: 1,
    });
  });

  it('says when the folder cannot be made', async () => {
    writeFileSync(join(sandbox.folder, 'file'), '');
    const { stdout, stderr, code } = await at(join(sandbox.folder, 'file', 'folder', 's'));
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^Error: Could not make temp socket directory: .*ENOTDIR.*\nhint: /);
  });
});

describe('the end', () => {
  it('by -k: socket and folder are gone when it returns, and the agent ends', async () => {
    const { pid } = await startAgent(sandbox);
    expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({
      stdout: `unset OIDC_SOCK;\nunset OIDCD_PID;\necho Agent pid ${pid} killed;\n`,
      stderr: '',
      code: 0,
    });
    expect(temporaryFiles()).toEqual([]);
    await processEnd(pid);
  });

  it('by -k without an agent is an error that says what is wrong', async () => {
    const kill = (pid: string | undefined) => sandbox.run('oidc-agent', ['-k'], { env: { OIDCD_PID: pid } });
    expect(await kill(undefined)).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(
        /^Error: Could not connect to oidc-agent\nhint: no agent runs .*\nhint: .*eval \$\(oidc-agent -k\)\n$/,
      ),
      code: 1,
    });
    for (const nonsense of ['0', '1', '-1', '1 2', 'x', '99999999999999999999']) {
      expect(await kill(nonsense)).toMatchObject({
        stdout: '',
        stderr: expect.stringMatching(`^Error: OIDCD_PID not set to a valid pid: ${nonsense}\n`),
        code: 1,
      });
    }
    const child = sandbox.spawn('/bin/true', []);
    await once(child, 'exit');
    expect(await kill(String(child.pid))).toMatchObject({
      stdout: '',
      stderr: 'Error: kill: No such process\nhint: forget it: unset OIDC_SOCK OIDCD_PID\n',
      code: 1,
    });
  });

  it('by -k never ends a process that has the number of an agent that is gone', async () => {
    const stranger = sandbox.spawn('/bin/sh', ['-c', 'read line', '/usr/bin/oidc-agent']);
    await once(stranger, 'spawn');
    const { pid, socket } = await startAgent(sandbox);
    await endProcess(pid, 'SIGKILL');
    for (const OIDC_SOCK of [undefined, socket]) {
      const env = { OIDC_SOCK, OIDCD_PID: String(stranger.pid) };
      expect(await sandbox.run('oidc-agent', ['-k'], { env })).toMatchObject({
        stdout: '',
        stderr: `Error: OIDCD_PID is ${stranger.pid}, which is not an agent: it was not killed\nhint: forget it: unset OIDC_SOCK OIDCD_PID\n`,
        code: 1,
      });
    }
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    await stop(stranger);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('by %s: socket and folder are gone', async (signal) => {
    const { pid } = await startAgent(sandbox);
    await endProcess(pid, signal);
    expect(temporaryFiles()).toEqual([]);
  });

  it('does not wait for a client that never finishes its request', async () => {
    const { pid, socket } = await startAgent(sandbox);
    const silent = new RawClient(socket);
    await silent.write('{"request":');
    // A client that came later gets an answer: the agent has read all that came before.
    await sandbox.run('oidc-add', ['-a']);
    await endProcess(pid);
    // The agent did not wait until the deadline of the request, when the client would have got an error.
    expect(await silent.answer()).toBe('');
  });

  it('does not come while a token is on its way: it is delivered, its refresh token saved', async () => {
    const asked = deferred<() => void>();
    const late: Answer = (_request, response) =>
      asked.resolve(() => response.end(JSON.stringify({ access_token: 'late', refresh_token: 'second' })));
    const { metadata } = await startIssuer({ '/token': [tokens('first'), late] });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const { pid } = await startAgent(sandbox);
    expect(await load('wlcg')).toMatchObject({ code: 0 });
    const token = sandbox.run('oidc-token', ['-f', 'wlcg']);
    const answer = await asked.promise;
    process.kill(pid, 'SIGTERM');
    // New requests are not taken any more: that is how one sees that the signal has arrived.
    while (existsSync(sandbox.env.OIDC_SOCK ?? '')) await setTimeout(5);
    expect(isRunning(pid)).toBe(true);
    answer();
    expect(await token).toMatchObject({ stdout: 'late\n', stderr: '', code: 0 });
    await processEnd(pid);
    expect(temporaryFiles()).toEqual([]);
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('second');
  });

  it('does not come with the end of the terminal', async () => {
    const terminal = new Terminal(sandbox, '/bin/bash', ['--norc', '-i']);
    terminal.type('oidc-agent --json > agent.json; echo started=$?');
    // With the prompt: bash does not notice a hang-up that comes just before it waits for a line.
    await terminal.waitFor(/started=0\s+\S+[#$] /);
    const { stdout } = await sandbox.run('/bin/cat', [join(sandbox.folder, 'agent.json')]);
    const { socket, dpid } = JSON.parse(stdout);
    sandbox.onClose(() => endProcess(Number(dpid)));
    terminal.hangUp();
    await terminal.exit();
    expect(await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: socket } })).toMatchObject({ code: 0 });
  });
});

describe('-d', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stays in the foreground until %s', async (signal) => {
    const agent = sandbox.spawn('oidc-agent', ['-d']);
    const lines = /^OIDC_SOCK=(\S+); export OIDC_SOCK;.*OIDCD_PID=(\d+); export OIDCD_PID;/s;
    const [, socket, pid] = await printed(agent.stdout, lines);
    expect(pid).toBe(`${agent.pid}`);
    const status = await sandbox.run('oidc-agent', ['--status', '--json'], { env: { OIDC_SOCK: socket } });
    expect(JSON.parse(status.stdout)).toMatchObject({ command_line_options: '--console' });
    const exit = once(agent, 'exit');
    agent.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(temporaryFiles()).toEqual([]);
  });
});

describe('an agent in trouble', () => {
  it('outlives an uncaught error, and logs it', async () => {
    const preload = join(sandbox.folder, 'fault.cjs');
    writeFileSync(
      preload,
      "process.on('SIGUSR2', () => void Promise.reject(new Error('this is not caught')));",
    );
    const agent = sandbox.spawn('oidc-agent', ['-d'], { env: { NODE_OPTIONS: `--require=${preload}` } });
    const [, socket] = await printed(agent.stdout, /^OIDC_SOCK=(\S+); export OIDC_SOCK;/);
    agent.kill('SIGUSR2');
    await printed(agent.stderr, /internal error, the agent goes on: Error: this is not caught/);
    const answer = await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: socket } });
    expect(answer).toMatchObject({ stderr: '', code: 0 });
    const exit = once(agent, 'exit');
    agent.kill();
    expect(await exit).toEqual([0, null]);
  });

  it('opens no debugger, by which any process could read its secrets', async () => {
    const agent = sandbox.spawn('oidc-agent', ['-d']);
    let logged = '';
    agent.stderr?.on('data', (text) => {
      logged += text;
    });
    const [, socket] = await printed(agent.stdout, /^OIDC_SOCK=(\S+); export OIDC_SOCK;/);
    agent.kill('SIGUSR1');
    expect(await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: socket } })).toMatchObject({ code: 0 });
    const exit = once(agent, 'exit');
    agent.kill();
    await exit;
    expect(logged).toBe('');
  });
});

describe('-t', () => {
  it('of the agent: an account is gone when its time is over', async () => {
    await writeWorkingAccount();
    await startAgent(sandbox, { args: ['-t', '1'] });
    expect(await load('wlcg')).toMatchObject({ stdout: 'success\n', code: 0 });
    while ((await loaded()) !== '') await setTimeout(50);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({
      stdout: '',
      stderr: 'Error: account not loaded\nhint: load it: oidc-add wlcg\n',
      code: 77,
    });
  });

  it('of oidc-add: only this account is gone', async () => {
    await writeWorkingAccount();
    await writeWorkingAccount('other');
    await startAgent(sandbox);
    expect(await load('other')).toMatchObject({ code: 0 });
    expect(await load('-t', '1', 'wlcg')).toMatchObject({
      stdout: 'success\n',
      stderr: 'Lifetime set to 1 seconds\n',
      code: 0,
    });
    while ((await loaded()) !== 'other\n') await setTimeout(50);
  });

  it.each(['x', '', '-'])('does not take %j', async (time) => {
    const { stdout, stderr, code } = await sandbox.run('oidc-agent', [`--lifetime=${time}`]);
    expect([stdout, code]).toEqual(['', 64]);
    expect(stderr).toContain('oidc-agent');
    expect(temporaryFiles()).toEqual([]);
  });
});

describe('an account that needs no password', () => {
  const plain = (issuer_url: string) =>
    writeFileSync(
      join(sandbox.accounts, 'plain'),
      JSON.stringify({ name: 'plain', issuer_url, client_id: 'c', refresh_token: 'r' }),
      { mode: 0o600 },
    );

  it('is loaded when its token is asked for', async () => {
    plain((await startIssuer({ '/token': tokens('token') })).metadata.issuer);
    await startAgent(sandbox);
    expect(await sandbox.run('oidc-token', ['plain'])).toMatchObject({ stdout: 'token\n', code: 0 });
  });

  it('is not with --no-autoload', async () => {
    plain('https://localhost:1/');
    await startAgent(sandbox, { args: ['--no-autoload'] });
    expect(await sandbox.run('oidc-token', ['plain'])).toMatchObject({
      stdout: '',
      stderr: 'Error: account not loaded\nhint: load it: oidc-add plain\n',
      code: 77,
    });
  });
});
