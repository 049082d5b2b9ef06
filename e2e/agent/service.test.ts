/** oidc-agent-service and oidc-keychain: the one agent of all shells. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { hasDebianSuite, programPath } from '../support/computer/programs.ts';
import { type Outcome, type RunOptions, Sandbox } from '../support/computer/sandbox.ts';
import { endProcess, isRunning } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
let pids: Set<number>;
beforeEach(() => {
  sandbox = new Sandbox();
  pids = new Set();
  sandbox.onClose(async () => {
    for (const pid of pids) await endProcess(pid);
  });
});
afterEach(() => sandbox.close());

const folder = () => join(sandbox.env.TMPDIR ?? '', `oidc-agent-service-${process.getuid?.()}`);

async function run(program: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
  const outcome = await sandbox.run(program, args, options);
  for (const [, pid] of outcome.stdout.matchAll(/OIDCD_PID=(\d+);/g)) pids.add(Number(pid));
  return outcome;
}
const service = (...args: string[]) => run('oidc-agent-service', args);

/** What the lines for a shell say. */
function spoken({ stdout, stderr, code }: Outcome) {
  const [, socket = '', pid = '', file = ''] =
    /^OIDC_SOCK=(\S+); export OIDC_SOCK;\nOIDCD_PID=(\d+); export OIDCD_PID;\nOIDCD_PID_FILE=(\S+); export OIDCD_PID_FILE;\n\/bin\/cat \3\n$/m.exec(
      stdout,
    ) ?? [];
  expect(socket, `${stdout}${stderr}`).not.toBe('');
  expect(code).toBe(0);
  return { socket, pid: Number(pid), file };
}

const options = (text: string) => writeFileSync(join(sandbox.accounts, 'oidc-agent-service.options'), text);
const status = async () => JSON.parse((await run('oidc-agent', ['--status', '--json'])).stdout);

describe('use', () => {
  it('starts the agent once, and finds it from then on', async () => {
    const first = spoken(await service('use'));
    expect(spoken(await service('use'))).toEqual(first);
    expect(first.socket).toBe(join(folder(), 'oidc-agent.sock'));
    expect(readFileSync(first.file, 'utf8')).toBe(`${first.pid}\n`);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    expect(isRunning(first.pid)).toBe(true);
  });

  it('finds an agent that another program has started, and every program finds the agent of the service', async () => {
    const { dpid } = JSON.parse((await run('oidc-agent', ['--json'])).stdout);
    pids.add(Number(dpid));
    expect(spoken(await service('use')).pid).toBe(Number(dpid));
    expect(await run('oidc-add', ['-a'])).toMatchObject({ stderr: '', code: 0 });
  });

  it('starts one agent for two shells that begin at the same moment', async () => {
    options('OIDC_AGENT_OPTS="--lifetime 3600"');
    const agents = await Promise.all([service('use'), service('use'), service('use')]);
    expect(new Set(agents.map((outcome) => spoken(outcome).pid)).size).toBe(1);
  });

  it('is for eval', async () => {
    const script =
      'eval "$(oidc-agent-service use)"; oidc-add -a && echo "$OIDCD_PID"; eval "$(oidc-agent-service stop)"; echo "[$OIDC_SOCK$OIDCD_PID$OIDCD_PID_FILE]"';
    const { stdout, stderr, code } = await run('/bin/sh', ['-c', script]);
    expect(stdout).toMatch(/^(\d+)\n\1\nAgent pid \1 killed\n\[\]\n$/);
    expect([stderr, code]).toEqual(['', 0]);
  });
});

describe('start', () => {
  it('is refused, in words for a shell, when an agent is running', async () => {
    const { pid } = spoken(await service('start'));
    const again = await service('start');
    expect(again).toMatchObject({ stderr: '', code: 1 });
    const said = await sandbox.run('/bin/sh', [
      '-c',
      `eval ${shellWord(again.stdout.replaceAll('\n', ' '))}`,
    ]);
    expect(said.stdout).toBe('');
    expect(said.stderr).toContain(`an agent is already running, pid ${pid}`);
    expect(said.stderr).toContain('oidc-agent-service restart');
  });

  it('says what keeps the agent from starting, and prints nothing for a shell', async () => {
    options('OIDC_AGENT_OPTS=--nonsense');
    const outcome = await service('start');
    expect(outcome).toMatchObject({ stdout: '', code: 64 });
    expect(outcome.stderr).toMatch(
      /^oidc-agent: unrecognized option '--nonsense'\nTry `oidc-agent --help' .*\n$/,
    );
  });

  it('says so in one error, with the exit code of the agent', async () => {
    writeFileSync(join(sandbox.accounts, 'config'), '{ "oidc-agent": [');
    for (const start of [service('use'), run('oidc-keychain', [])]) {
      const { stderr, code } = await start;
      expect(stderr).toMatch(
        /^Error: error in configuration file: could not parse json\nhint: .*config:1:\d+\n$/,
      );
      expect(code).toBe(78);
    }
  });

  it.each([
    [
      '/nonexistent/agent',
      /^Error: could not start the agent: .*ENOENT.*\nhint: OIDC_AGENT .* names \/nonexistent\/agent\n$/,
    ],
    [
      '/bin/false',
      /^Error: could not start the agent: \/bin\/false ended with 1\nhint: start it by hand .*\n$/,
    ],
  ])('names another agent that does not start: %s', async (agent, message) => {
    options(`OIDC_AGENT=${agent}`);
    expect(await service('use')).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(message),
      code: 1,
    });
  });
});

const shellWord = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

describe('stop', () => {
  it.each(['stop', 'kill'])('(%s) ends the agent and leaves nothing', async (command) => {
    const { pid } = spoken(await service('use'));
    expect(await service(command)).toMatchObject({
      stdout: `unset OIDC_SOCK;\nunset OIDCD_PID;\necho Agent pid ${pid} killed;\nunset OIDCD_PID_FILE;\n`,
      stderr: '',
      code: 0,
    });
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(folder())).toBe(false);
  });

  it('says so when others can write to the folder of the service, where an agent may still run', async () => {
    const { pid } = spoken(await service('use'));
    chmodSync(folder(), 0o777);
    const stopped = await service('stop');
    expect(stopped).toMatchObject({ stdout: '', code: 1 });
    expect(stopped.stderr).toBe(
      `There is no agent to stop.\nhint: ${folder()} is not trusted: it must be a folder of yours that nobody else can write to\nhint: if an agent of yours runs there, you can stop it after: chmod go-w FOLDER\n`,
    );
    expect(isRunning(pid)).toBe(true);
    chmodSync(folder(), 0o755);
    expect(await service('stop')).toMatchObject({ code: 0 });
    expect(isRunning(pid)).toBe(false);
  });

  it('has nothing to do without an agent', async () => {
    expect(await service('stop')).toMatchObject({
      stdout: '',
      stderr: 'There is no agent to stop.\n',
      code: 0,
    });
  });
});

describe('restart', () => {
  it('puts another agent in the place of the first, with the same options', async () => {
    options('OIDC_AGENT_OPTS="--lifetime=3600 --no-autoload"');
    const first = spoken(await service('use'));
    options('');
    const second = spoken(await service('restart'));
    expect(second).toEqual({ ...first, pid: second.pid });
    expect(second.pid).not.toBe(first.pid);
    expect(isRunning(first.pid)).toBe(false);
    expect((await status()).command_line_options).toBe('--lifetime=3600 --no-autoload');
  });

  it('takes the options of the file where that says so', async () => {
    options('OIDC_AGENT_OPTS=--no-autoload');
    await service('use');
    options('OIDC_AGENT_RESTART_WITH_SAME_OPTS=False; OIDC_AGENT_OPTS="-t 60"');
    spoken(await service('restart'));
    expect((await status()).command_line_options).toBe('--lifetime=60');
  });

  it('says nothing as restart-s', async () => {
    const first = spoken(await service('use'));
    expect(await service('restart-s')).toMatchObject({ stdout: '', stderr: '', code: 0 });
    const second = spoken(await service('use'));
    expect(second.pid).not.toBe(first.pid);
  });
});

describe('start-from-x', () => {
  it('starts the agent with the desktop, if the options do not say otherwise', async () => {
    spoken(await service('start-from-x'));
    await service('stop');
    options('START_AGENT_WITH_XSESSION=False');
    expect(await service('start-from-x')).toMatchObject({ stdout: '', stderr: '', code: 0 });
    expect(existsSync(folder())).toBe(false);
  });
});

describe('the options file', () => {
  it('is a shell script: it may compute, and what it prints is not for eval', async () => {
    options('hours=8\necho hello\nOIDC_AGENT_OPTS="--lifetime=$((hours * 3600)) $OIDC_AGENT_OPTS"');
    const outcome = await run('oidc-agent-service', ['use'], { env: { OIDC_AGENT_OPTS: '--no-autoload' } });
    expect(outcome.stderr).toBe('hello\n');
    spoken(outcome);
    expect((await status()).command_line_options).toBe('--lifetime=28800 --no-autoload');
  });

  it('that is broken is named', async () => {
    options('if');
    const outcome = await service('use');
    expect(outcome).toMatchObject({ stdout: '', code: 1 });
    expect(outcome.stderr).toMatch(
      /Error: could not read the options of the service .*\nhint: check .*oidc-agent-service\.options and /,
    );
  });

  it.skipIf(!hasDebianSuite)('may choose the C agent (needs oidc-agent-cli)', async () => {
    const program = join(sandbox.folder, 'oidc-agent-c');
    symlinkSync(programPath('oidc-agent', 'c'), program);
    options(`OIDC_AGENT=${program}`);
    const { socket, pid } = spoken(await service('use'));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain(program);
    expect(socket).toBe(join(folder(), 'oidc-agent.sock'));
    expect(await run('oidc-add', ['-a'])).toMatchObject({ code: 0 });
    expect(spoken(await service('use')).pid).toBe(pid);
    expect((await service('stop')).stdout).toContain(`Agent pid ${pid} killed`);
  });
});

it('does not use a folder that belongs to another user or that others can write to', async () => {
  mkdirSync(folder(), { mode: 0o777 });
  chmodSync(folder(), 0o777);
  const outcome = await service('use');
  expect(outcome).toMatchObject({ stdout: '', code: 1 });
  expect(outcome.stderr).toMatch(/^Error: there is no place for the socket\nhint: .* is not trusted/);
  expect(readdirSync(folder())).toEqual([]);
});

it('tells how it is used, in words for a shell', async () => {
  const outcome = await service('nonsense');
  expect(outcome).toMatchObject({ stderr: '', code: 1 });
  expect((await sandbox.run('/bin/sh', ['-c', outcome.stdout])).stderr).toMatch(
    /^Usage: oidc-agent-service use \| start/,
  );
});

describe('the systemd unit', () => {
  const unit = () =>
    readFileSync(join(import.meta.dirname, '../../packages/agent/systemd/oidc-agent.service'), 'utf8');

  it.skipIf(!existsSync('/usr/bin/systemd-analyze'))('is a good one (needs systemd-analyze)', async () => {
    const file = join(sandbox.folder, 'oidc-agent.service');
    writeFileSync(file, unit().replace('ExecStart=oidc-agent', `ExecStart=${programPath('oidc-agent')}`));
    const args = ['--user', '--man=no', 'verify', file];
    const env = { XDG_RUNTIME_DIR: sandbox.folder };
    const { stderr, code } = await sandbox.run('/usr/bin/systemd-analyze', args, { env });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  it('starts an agent that clients find without OIDC_SOCK', async () => {
    const runtime = join(sandbox.folder, 'run');
    mkdirSync(join(runtime, 'oidc-agent-service'), { recursive: true, mode: 0o700 });
    sandbox.env.XDG_RUNTIME_DIR = runtime;
    const [, , words = ''] = /^ExecStart=(oidc-agent) (.*)$/m.exec(unit()) ?? [];
    const agent = sandbox.spawn('oidc-agent', words.replaceAll('%t', runtime).split(' '));
    await new Promise((resolve) => agent.stdout?.once('data', resolve));
    expect(await run('oidc-add', ['-a'])).toMatchObject({ stdout: '', stderr: '', code: 0 });
    expect(spoken(await service('use')).pid).toBe(agent.pid);
  });
});

describe('oidc-keychain', () => {
  const keychain = (args: readonly string[], options?: RunOptions) => run('oidc-keychain', args, options);
  const account = async (name: string) => {
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    await writeAccount(sandbox, { name, issuer_url: metadata.issuer });
  };

  it('starts the agent with its options, or finds it, and ends it', async () => {
    const first = spoken(await keychain(['-t', '3600', '--no-autol']));
    expect((await status()).command_line_options).toBe('--lifetime=3600 --no-autoload');
    expect(spoken(await keychain(['-t', '60']))).toEqual(first);
    expect((await keychain(['-k'])).stdout).toContain(`Agent pid ${first.pid} killed`);
    expect(await keychain(['--kill'])).toMatchObject({
      stdout: 'false;\n',
      stderr: 'oidc-keychain: there is no agent to stop\n',
      code: 1,
    });
  });

  it('loads accounts that are not loaded, and asks nothing for those that are', async () => {
    for (const name of ['one', 'two']) await account(name);
    spoken(await keychain([]));
    await run('oidc-add', ['--pw-env', '--skip-check', 'two'], withPassword);
    expect(spoken(await keychain(['--accounts', 'two']))).toMatchObject({ pid: [...pids][0] });
    const outcome = await keychain(['--accounts', 'two', 'one']);
    // Without a terminal the program cannot ask the user.
    expect(outcome).toMatchObject({ code: 1 });
    expect(outcome.stdout).toMatch(/^OIDC_SOCK=[\s\S]*\nfalse;\n$/);
    expect(outcome.stderr).toContain("Error: could not load the account 'one'");
  });

  it('does not take an account for anything else', async () => {
    const outcome = await keychain(['wlcg']);
    expect(outcome).toMatchObject({ stdout: '', code: 64 });
    expect(outcome.stderr).toMatch(/^oidc-keychain: accounts come after --accounts: 'wlcg'\n/);
  });
});
