/** The compiled oidc-agent: the agent that all shells share, with one start of Node or none. */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentsOf } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { type Outcome, type RunOptions, Sandbox, stop } from '../support/computer/sandbox.ts';
import { endProcess, processEnd } from '../support/processes.ts';
import { until } from '../support/until.ts';

const note = 'oidc-agent was already running; this is the same agent\n';
/** Where there is no Node. */
const withoutNode = { env: { PATH: '/nonexistent' } };

describe.skipIf(!hasCompiled)('the compiled oidc-agent (npm run build:native)', () => {
  let sandbox: Sandbox;
  let compiled: string;
  let node: string;
  beforeEach(() => {
    sandbox = new Sandbox();
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
    const folder = installPrograms(sandbox);
    compiled = join(folder, 'oidc-agent');
    node = join(folder, 'oidc-agent.cjs');
  });
  afterEach(() => sandbox.close());

  const run = (options: RunOptions = {}, ...args: string[]) => sandbox.run(compiled, args, options);
  const runNode = (args: readonly string[] = [], options: RunOptions = {}) =>
    sandbox.run(process.execPath, [node, ...args], options);
  const pidIn = ({ stdout }: Outcome) => Number(/OIDCD_PID=(\d+)/.exec(stdout)?.[1]);

  it('leaves an agent behind that answers, and prints what a shell needs', async () => {
    const outcome = await run();
    const socketPath = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;
    const pid = pidIn(outcome);
    expect(outcome).toEqual({
      stdout: `OIDC_SOCK=${socketPath}; export OIDC_SOCK;\nOIDCD_PID=${pid}; export OIDCD_PID;\necho Agent pid $OIDCD_PID\n`,
      stderr: '',
      code: 0,
      signal: undefined,
    });
    expect(agentsOf(sandbox)).toEqual([pid]);
    expect(await exchange({ request: 'check' }, { socketPath })).toEqual({ status: 'success' });
  });

  it('starts an agent without Node, which is there and does not work, and that answers what it can', async () => {
    const folder = join(sandbox.folder, 'broken');
    mkdirSync(folder);
    writeFileSync(join(folder, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const pid = pidIn(await run({ env: { PATH: `${folder}:/usr/bin:/bin`, JETON_SLEEP_AFTER: undefined } }));
    const socketPath = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;
    expect(await exchange({ request: 'loaded_accounts' }, { socketPath })).toMatchObject({ info: [] });
    await expect(exchange({ request: 'status' }, { socketPath })).rejects.toThrow(
      'the program of the agent does not start',
    );
    expect(agentsOf(sandbox)).toEqual([pid]);
    await endProcess(pid);
    expect(readdirSync(dirname(socketPath))).toEqual([]);
  });

  it('starts an agent with the Node in its own folder, which a package brings, and has it wake that', async () => {
    const own = join(dirname(compiled), 'node');
    const started = join(sandbox.folder, 'started');
    const lines = ['#!/bin/sh', `echo x >> ${started}`, `exec ${process.execPath} "$@"`];
    writeFileSync(own, `${lines.join('\n')}\n`, { mode: 0o755 });
    await run({ env: { PATH: '/usr/bin:/bin', JETON_SLEEP_AFTER: undefined } });
    expect(existsSync(started)).toBe(false);
    const socketPath = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;
    expect(await exchange({ request: 'status' }, { socketPath })).toMatchObject({ status: 'success' });
    expect(readFileSync(started, 'utf8')).toBe('x\n');
  });

  it('leaves it as the Node program does: in a session and a folder of its own, holding nothing of where it was started', async () => {
    const secrets = {
      OIDC_ENCRYPTION_PW: 'secret',
      OIDC_REFRESH_TOKEN: 'secret',
      OIDC_SOCK: '/secret',
      OIDCD_PID: '4242',
      NODE_EXTRA_CA_CERTS: '/secret',
      NODE_OPTIONS: '--title=secret',
    };
    const ownPlace = `${sandbox.env.TMPDIR}/oidc-XXXXXX/`;
    const found = [];
    for (const outcome of [await run({ env: secrets }), await runNode(['-a', ownPlace], { env: secrets })]) {
      const pid = pidIn(outcome);
      const of = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1');
      const [, , parent, , session] = of('stat')
        .replace(/\(.*\)/, 'name')
        .split(' ');
      found.push({
        ofItsOwn: Number(session) === pid && Number(parent) !== process.pid,
        folder: readlinkSync(`/proc/${pid}/cwd`),
        title: of('cmdline').replace(/\0.*/s, ''),
        secrets: Object.keys(secrets).filter((name) => of('environ').includes(`${name}=`)),
        outputs: [1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
      });
    }
    expect(found[0]).toEqual({
      ofItsOwn: true,
      folder: '/',
      title: 'oidc-agent',
      secrets: [],
      outputs: ['/dev/null', '/dev/null'],
    });
    expect(found[1]).toEqual(found[0]);
  });

  it('finds the agent of all shells without Node, however that was started, and says so as the Node program does', async () => {
    const pid = pidIn(await runNode());
    const [again, quietly] = [await run(withoutNode), await run(withoutNode, '--quiet')];
    expect(again).toMatchObject({ stderr: note, code: 0 });
    expect(again).toEqual(await runNode());
    expect(quietly).toEqual(await runNode(['--quiet']));
    expect(agentsOf(sandbox)).toEqual([pid]);
  });

  it.each([
    ['with options', ['--json'], {}],
    ['where the file config says something to the agent', [], { 'oidc-agent': { lifetime: 60 } }],
  ])('leaves it to the Node program %s', async (_where, args, config) => {
    writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(config));
    await run();
    expect(await run(withoutNode, ...args)).toMatchObject({
      stderr: expect.stringContaining('oidc-agent cannot start node'),
      code: 69,
    });
    expect(await run({}, ...args)).toEqual(await runNode(args));
  });

  it('leaves a locked agent to the Node program, which asks it for less', async () => {
    const pid = pidIn(await run());
    const socketPath = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;
    await exchange({ request: 'lock', password: 'secret' }, { socketPath });
    expect(await run()).toEqual(await runNode());
    expect(agentsOf(sandbox)).toEqual([pid]);
  });

  it('says why no agent could be started, with the exit code of the Node program', async () => {
    const place = `${sandbox.folder}/${'x'.repeat(100)}`;
    const env = { TMPDIR: place };
    const outcome = await sandbox.run(compiled, [], { env });
    expect(outcome.stderr).toMatch(/\nError: The socket path is \d+ bytes long/);
    const nodes = await runNode([], { env });
    // The name of the socket has the process that started it, so the length of the path depends on it.
    const alike = ({ stderr }: Outcome) =>
      stderr.replace(
        /(\d+)( bytes long[^\n]*oidc-agent\.)(\d+)/,
        (_, length, text, pid) => `${length - pid.length}${text}PID`,
      );
    expect({ ...outcome, stderr: alike(outcome) }).toEqual({ ...nodes, stderr: alike(nodes) });
    expect(agentsOf(sandbox)).toEqual([]);
  });

  it('says so where its output cannot be written, as the Node program does, and the agent stays', async () => {
    const outcomes = [];
    for (const program of [compiled, `${process.execPath} ${node} -a ${sandbox.env.TMPDIR}/oidc-XXXXXX/`]) {
      outcomes.push(await sandbox.run('/bin/sh', ['-c', `${program} > /dev/full`]));
    }
    expect(outcomes[0]).toMatchObject({ stderr: 'Error: ENOSPC: no space left on device, write\n', code: 1 });
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(agentsOf(sandbox)).toHaveLength(2);
  });

  it('makes one agent, however many shells start at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => run()));
    const pids = new Set(outcomes.map(pidIn));
    expect([...pids]).toEqual(agentsOf(sandbox));
    expect(pids.size).toBe(1);
  });

  it('leaves nothing behind when it is ended while it waits', async () => {
    const late = join(sandbox.folder, 'late');
    mkdirSync(late);
    writeFileSync(join(late, 'node'), `#!/bin/sh\nkill -STOP $$\nexec ${process.execPath} "$@"\n`, {
      mode: 0o755,
    });
    // Of an agent that never sleeps: the other one starts without Node.
    const env = { PATH: `${late}:/usr/bin:/bin`, JETON_SLEEP_AFTER: 'never' };
    const child = sandbox.spawn(compiled, [], { env });
    const agent = () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1'));
    await until(() => agent() > 0 && /\) T /.test(readFileSync(`/proc/${agent()}/stat`, 'latin1')));
    const pid = agent();
    await stop(child, 'SIGKILL');
    process.kill(pid, 'SIGCONT');
    await processEnd(pid);
  });
});
