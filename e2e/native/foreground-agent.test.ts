/** `oidc-agent --console`, compiled: the process that was started is the agent, and sleeps. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { printed } from '../support/computer/printed.ts';
import { Sandbox, stop } from '../support/computer/sandbox.ts';
import { endProcess, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';
import { Terminal } from '../support/user/terminal.ts';

describe.skipIf(!hasCompiled)('oidc-agent --console, compiled (npm run build:native)', () => {
  let sandbox: Sandbox;
  let compiled: string;
  beforeEach(() => {
    sandbox = new Sandbox();
    sandbox.env.JETON_SLEEP_AFTER = '0';
    compiled = join(installPrograms(sandbox), 'oidc-agent');
  });
  afterEach(() => sandbox.close());

  const temporaryFiles = () => readdirSync(sandbox.env.TMPDIR ?? '');
  const childrenOf = (pid = 0) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  async function start(...args: string[]) {
    const agent = sandbox.spawn(compiled, args);
    const [, socket = '', pid] = await printed(
      agent.stdout,
      /^OIDC_SOCK=(\S+); export OIDC_SOCK;.*OIDCD_PID=(\d+); export OIDCD_PID;\n/s,
    );
    expect(pid).toBe(`${agent.pid}`);
    sandbox.env.OIDC_SOCK = socket;
    return { agent, socket };
  }

  it.each([
    ['-d', 'SIGTERM'],
    ['--console', 'SIGINT'],
    ['-cgd', 'SIGTERM'],
  ] as const)(
    '(%s) is the process that was started, needs no Node, and ends in order by %s',
    async (option, signal) => {
      const { agent } = await start(option);
      await until(() => childrenOf(agent.pid) === '');
      const status = await sandbox.run('oidc-agent', ['--status', '--json']);
      expect(JSON.parse(status.stdout)).toMatchObject({
        command_line_options: expect.stringContaining('--console'),
        pid: agent.pid,
      });
      await until(() => childrenOf(agent.pid) === '');
      const exit = once(agent, 'exit');
      agent.kill(signal);
      expect(await exit).toEqual([0, null]);
      expect(temporaryFiles()).toEqual([]);
    },
  );

  it('gives out a token in its sleep', async () => {
    const { agent, socket } = await start('-d', '-t', '3600', '--pid-file', join(sandbox.folder, 'pid'));
    const { metadata } = await startIssuer({ '/token': tokens('access') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    await until(() => childrenOf(agent.pid) === '');
    expect(await getToken({ account: 'wlcg', socketPath: socket })).toMatchObject({ token: 'access' });
    expect(childrenOf(agent.pid)).toBe('');
    expect(readFileSync(join(sandbox.folder, 'pid'), 'latin1')).toBe(`${agent.pid}\n`);
  });

  it('has no secret of its starter in its environment', async () => {
    Object.assign(sandbox.env, { OIDC_ENCRYPTION_PW: 'secret', OIDC_REFRESH_TOKEN: 'secret' });
    const { agent } = await start('-d');
    if (process.getuid?.() === 0) {
      expect(readFileSync(`/proc/${agent.pid}/environ`, 'latin1')).not.toContain('secret');
    }
  });

  it.each([
    ['a place that is taken by a file', ['-d', '-a', 'plain']],
    ['a folder that is not there for the pid file', ['-d', '--pid-file', 'no/such/file']],
    ['a folder that cannot be made', ['-d', '-a', '/proc/no/socket']],
    ['an unknown option', ['-d', '--nonsense']],
    ['a contradiction', ['-d', '--restart-on-update']],
    ['a command', ['-d', '--', 'true']],
    ['another task', ['-d', '--help']],
  ])('fails as the Node program does for %s', async (_what, args) => {
    writeFileSync(join(sandbox.folder, 'plain'), 'text');
    const outcomes = [];
    for (const [program, ...first] of [[compiled], [process.execPath, `${compiled}.cjs`]] as const) {
      outcomes.push(await sandbox.run(program, [...first, ...args], { cwd: sandbox.folder }));
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect([agentsOf(sandbox), temporaryFiles()]).toEqual([[], []]);
  });

  it('ends where it cannot print how to reach it', async () => {
    const { stderr } = await sandbox.run('/bin/sh', ['-c', `exec ${compiled} -d > /dev/full`]);
    expect(stderr).toBe('Error: ENOSPC: no space left on device, write\n');
    expect([agentsOf(sandbox), temporaryFiles()]).toEqual([[], []]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'leaves nothing when %s ends it before it listens',
    async (signal) => {
      const late = join(sandbox.folder, 'late');
      mkdirSync(late);
      const script = `#!/bin/sh\nkill -STOP $$\nexec ${process.execPath} "$@"\n`;
      writeFileSync(join(late, 'node'), script, { mode: 0o755 });
      const agent = sandbox.spawn(compiled, ['-d'], { env: { PATH: `${late}:/usr/bin:/bin` } });
      const launcher = () => Number(childrenOf(agent.pid));
      await until(() => launcher() > 0 && /\) T /.test(readFileSync(`/proc/${launcher()}/stat`, 'latin1')));
      const pid = launcher();
      await stop(agent, signal);
      expect(agent.signalCode).toBe(signal);
      process.kill(pid, 'SIGCONT');
      await processEnd(pid);
      expect(temporaryFiles()).toEqual([]);
    },
  );

  it('ends in order by Ctrl-C, awake and asleep', async () => {
    for (const sleepAfter of ['60', '0']) {
      sandbox.env.JETON_SLEEP_AFTER = sleepAfter;
      const terminal = new Terminal(sandbox, '/bin/bash', ['--norc', '-i']);
      terminal.type(`${compiled} -d -a ${sandbox.folder}/socket; echo code=$?`);
      await terminal.waitFor(/Agent pid \$OIDCD_PID/);
      const [pid = 0] = agentsOf(sandbox);
      await sandbox.run('oidc-agent', ['--status'], { env: { OIDC_SOCK: `${sandbox.folder}/socket` } });
      await until(() => (childrenOf(pid) !== '') === (sleepAfter === '60'));
      terminal.press('\x03');
      await terminal.waitFor(/code=0/);
      terminal.type('exit');
      await terminal.exit();
      await endProcess(pid);
    }
  });
});
