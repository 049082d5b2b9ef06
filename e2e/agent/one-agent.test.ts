/** One agent that every shell finds: without `eval`, however it was started, and never two of them. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { agentsOf, startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess, isRunning, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

const uid = process.getuid?.();
const note = 'oidc-agent was already running; this is the same agent\n';

let sandbox: Sandbox;
let runtime: string;
beforeEach(() => {
  sandbox = newSandbox();
  runtime = sandbox.env.XDG_RUNTIME_DIR ?? '';
});
afterEach(() => sandbox.close());

/** With a runtime directory, as every login gets one; agents that are left end with it. */
function newSandbox(): Sandbox {
  const sandbox = new Sandbox();
  const folder = join(sandbox.folder, 'run');
  mkdirSync(folder, { mode: 0o700 });
  sandbox.env.XDG_RUNTIME_DIR = folder;
  return sandbox;
}

const runtimeSocket = () => join(runtime, 'oidc-agent-service/oidc-agent.sock');
const serviceSocket = () => join(sandbox.env.TMPDIR ?? '', `oidc-agent-service-${uid}`, 'oidc-agent.sock');

async function start(env: Record<string, string | undefined> = {}) {
  const { stdout, stderr, code } = await sandbox.run('oidc-agent', ['--json'], { env });
  expect(code).toBe(0);
  const { socket, dpid } = JSON.parse(stdout);
  return { socket: String(socket), pid: Number(dpid), stderr };
}
const isReached = async (env: Record<string, string | undefined> = {}) =>
  (await sandbox.run('oidc-add', ['-a'], { env })).code === 0;

describe('an agent that was started without settings of its own', () => {
  it('gives tokens in every shell, without eval', async () => {
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const { socket } = await start();
    expect(socket).toBe(runtimeSocket());
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    for (const env of [{}, { XDG_RUNTIME_DIR: undefined }, { OIDC_SOCK: '' }]) {
      expect(await sandbox.run('oidc-token', ['wlcg'], { env })).toMatchObject({
        stdout: 'token\n',
        code: 0,
      });
    }
  });

  it('is also where the clients of the C suite look', async () => {
    await start();
    expect(statSync(serviceSocket()).isSocket()).toBe(true);
    expect(await isReached({ OIDC_SOCK: serviceSocket() })).toBe(true);
  });

  it('is found by the next start, from with or without XDG_RUNTIME_DIR', async () => {
    const first = await start({ XDG_RUNTIME_DIR: undefined });
    expect(first).toMatchObject({ socket: serviceSocket(), stderr: '' });
    expect(await start()).toEqual({ ...first, stderr: note });
    const { stdout } = await sandbox.run('oidc-agent', []);
    expect(stdout).toBe(
      `OIDC_SOCK=${first.socket}; export OIDC_SOCK;\nOIDCD_PID=${first.pid}; export OIDCD_PID;\necho Agent pid $OIDCD_PID\n`,
    );
    expect(agentsOf(sandbox)).toEqual([first.pid]);
  });

  it('is one, also when many start it at the same moment', async () => {
    const starts = await Promise.all(Array.from({ length: 8 }, () => start()));
    const [pid = 0] = starts.map((agent) => agent.pid);
    expect(starts.map((agent) => agent.pid)).toEqual(Array.from({ length: 8 }, () => pid));
    expect(starts.filter(({ stderr }) => stderr === '')).toHaveLength(1);
    await until(() => agentsOf(sandbox).length === 1);
    expect(agentsOf(sandbox)).toEqual([pid]);
  });

  it('takes the place of one that has died', async () => {
    const first = await start();
    await endProcess(first.pid, 'SIGKILL');
    expect(existsSync(first.socket)).toBe(true);
    const second = await start();
    expect(second).toMatchObject({ socket: first.socket, stderr: '' });
    expect(second.pid).not.toBe(first.pid);
    expect(await isReached()).toBe(true);
  });

  it('is ended by -k in any shell, and the next start is a new one', async () => {
    const first = await start();
    expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({
      stdout: `unset OIDC_SOCK;\nunset OIDCD_PID;\necho Agent pid ${first.pid} killed;\n`,
      stderr: '',
      code: 0,
    });
    const second = await start();
    expect(second.stderr).toBe('');
    await processEnd(first.pid);
    expect(agentsOf(sandbox)).toEqual([second.pid]);
    expect(await isReached()).toBe(true);
  });

  it('is not ended for another that OIDC_SOCK names: its process may be on another computer', async () => {
    const { pid } = await start();
    expect(
      await sandbox.run('oidc-agent', ['-k'], { env: { OIDC_SOCK: join(sandbox.folder, 'forwarded') } }),
    ).toMatchObject({ stdout: '', stderr: expect.stringMatching('^Error: OIDCD_PID not set'), code: 1 });
    expect(isRunning(pid)).toBe(true);
  });

  it('is printed without a process id where it does not say its own, and a wrong one is forgotten', async () => {
    mkdirSync(dirname(serviceSocket()), { mode: 0o700 });
    const server = createServer((client) =>
      client.once('data', () => client.end('{"status":"success","info":{}}')),
    );
    server.listen(serviceSocket());
    await once(server, 'listening');
    sandbox.onClose(() => new Promise((resolve) => server.close(resolve)));
    expect((await sandbox.run('oidc-agent', [])).stdout).toBe(
      `OIDC_SOCK=${serviceSocket()}; export OIDC_SOCK;\nunset OIDCD_PID;\n`,
    );
    const pidFile = join(dirname(serviceSocket()), 'oidc-agent.pid');
    execFileSync('mkfifo', [pidFile]);
    expect((await sandbox.run('oidc-agent', [])).stdout).toContain('\nunset OIDCD_PID;\n');
    rmSync(pidFile);
    writeFileSync(pidFile, '4711\n');
    expect(await start()).toEqual({ socket: serviceSocket(), pid: 4711, stderr: note });
  });
});

describe('an agent of its own', () => {
  it.each([['-t', '60'], ['--no-autoload'], ['--always-allow-idtoken']])(
    'is what %s %s makes',
    async (...args) => {
      const shared = await start();
      const own = JSON.parse((await sandbox.run('oidc-agent', [...args, '--json'])).stdout);
      expect(own.socket).toMatch(/\/oidc-[A-Za-z0-9]{6}\/oidc-agent\.\d+$/);
      expect(agentsOf(sandbox).sort()).toEqual([shared.pid, Number(own.dpid)].sort());
    },
  );

  it('is what -a makes, which other shells do not find', async () => {
    await startAgent(sandbox, { args: ['-a', join(sandbox.folder, 's')] });
    expect(await isReached({ OIDC_SOCK: undefined })).toBe(false);
  });

  it.runIf(uid === 0)(
    'is what a user gets, with a warning, if another user has made the folder first',
    async () => {
      const env = { XDG_RUNTIME_DIR: undefined };
      mkdirSync(dirname(serviceSocket()), { mode: 0o777 });
      spawn('chown', ['65534', dirname(serviceSocket())]);
      await until(() => statSync(dirname(serviceSocket())).uid === 65534);
      const { socket, stderr } = await start(env);
      expect(socket).toMatch(/\/oidc-[A-Za-z0-9]{6}\/oidc-agent\.\d+$/);
      expect(stderr).toBe(
        `Other shells will not find this agent: ${dirname(serviceSocket())} is not trusted: it must be a folder of yours that nobody else can write to\n`,
      );
      expect(readdirSync(dirname(serviceSocket()))).toEqual([]);
    },
  );
});

/** The process of an agent that waits for its settings, and looks after its sockets all the time. */
function prepareDaemon() {
  const daemon = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../packages/agent/dist/daemon.cjs')],
    {
      env: sandbox.env,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    },
  );
  const settings = {
    socketPaths: [runtimeSocket(), serviceSocket()],
    socketCheckSeconds: 0.05,
    lifetime: 0,
    autoload: true,
    alwaysAllowIdToken: false,
    console: false,
  };
  return {
    pid: daemon.pid ?? 0,
    async start() {
      daemon.stdin?.end(JSON.stringify(settings));
      const [report] = await once(daemon.stdio[3] ?? daemon, 'data');
      return JSON.parse(String(report));
    },
  };
}

it('of many agents that want the place at the very same moment, one gets it', async () => {
  for (let round = 0; round < 3; round += 1) {
    const daemons = Array.from({ length: 10 }, prepareDaemon);
    // Each has loaded and reads its settings.
    await until(() => agentsOf(sandbox).length === 10);
    const reports = await Promise.all(daemons.map((daemon) => daemon.start()));
    expect(reports.filter(({ ready }) => ready)).toHaveLength(1);
    expect(reports.filter(({ takenAt }) => takenAt !== undefined)).toHaveLength(9);
    await until(() => agentsOf(sandbox).length === 1);
    // The next round begins with what a dead agent leaves behind.
    await Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid, 'SIGKILL')));
  }
});

describe('an agent whose socket is taken away', () => {
  async function startWatchful(): Promise<number> {
    const daemon = prepareDaemon();
    expect(await daemon.start()).toEqual({ ready: true });
    return daemon.pid;
  }

  it('is there again: the logout had removed the runtime directory', async () => {
    const pid = await startWatchful();
    rmSync(runtime, { recursive: true });
    rmSync(serviceSocket());
    await until(() => isReached());
    mkdirSync(runtime, { mode: 0o700, recursive: true });
    await until(() => isReached({ TMPDIR: undefined }));
    expect(agentsOf(sandbox)).toEqual([pid]);
  });

  it('ends when another has taken its place', async () => {
    const pid = await startWatchful();
    process.kill(pid, 'SIGSTOP');
    for (const socket of [runtimeSocket(), serviceSocket()]) rmSync(socket);
    const other = await start();
    process.kill(pid, 'SIGCONT');
    await processEnd(pid);
    expect(agentsOf(sandbox)).toEqual([other.pid]);
    expect(await isReached()).toBe(true);
    expect(await isReached({ XDG_RUNTIME_DIR: undefined })).toBe(true);
  });
});

it.runIf(hasDebianSuite)(
  'the C agent listens at the stable path: it is found, and its process by the pid file',
  async () => {
    mkdirSync(dirname(serviceSocket()), { mode: 0o700 });
    const { pid } = await startAgent(sandbox, { suite: 'c', args: ['-a', serviceSocket()] });
    writeFileSync(join(dirname(serviceSocket()), 'oidc-agent.pid'), `${pid}\n`);
    const shell = { OIDC_SOCK: undefined, OIDCD_PID: undefined };
    expect(await start(shell)).toEqual({ socket: serviceSocket(), pid, stderr: note });
    expect(await sandbox.run('oidc-agent', ['-k'], { env: shell })).toMatchObject({ stderr: '', code: 0 });
    await processEnd(pid);
    expect((await start(shell)).socket).toBe(runtimeSocket());
  },
);

describe('whatever happens', () => {
  /** What users and systems do, at the same time within a step. */
  const events = fc.constantFrom('start', 'start without XDG', 'end', 'kill', 'ask');

  it('there is at most one agent, and every shell that got its address can ask it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(events, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        async (steps) => {
          await sandbox.close();
          sandbox = newSandbox();
          runtime = sandbox.env.XDG_RUNTIME_DIR ?? '';
          for (const step of steps) {
            const outcomes = await Promise.all(step.map(happen));
            await until(() => agentsOf(sandbox).length <= 1);
            const ended = step.some((event) => event === 'end' || event === 'kill');
            if (ended) continue;
            // No process ended it: all shells got the same agent, and it answers.
            const found = outcomes.filter((pid) => pid !== undefined);
            expect(agentsOf(sandbox)).toEqual(expect.arrayContaining(found));
            if (found.length > 0) expect(await isReached()).toBe(true);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  async function happen(event: string): Promise<number | undefined> {
    if (event === 'start') return (await start()).pid;
    if (event === 'start without XDG') return (await start({ XDG_RUNTIME_DIR: undefined })).pid;
    if (event === 'end') await sandbox.run('oidc-agent', ['-k']);
    if (event === 'kill') await Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid, 'SIGKILL')));
    if (event === 'ask') await isReached();
    return undefined;
  }
});
