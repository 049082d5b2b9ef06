/** Odd surroundings: several agents and users, hard paths, an environment in which much is missing. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const startTokenIssuer = () => startIssuer({ '/token': tokens('token', { refresh_token: 'refresh-token' }) });

describe('two agents side by side', () => {
  it('each hold their own accounts', async () => {
    const one = await startIssuer({ '/token': tokens('of-one') });
    const other = await startIssuer({ '/token': tokens('of-the-other') });
    const agents = [await startAgent(sandbox), await startAgent(sandbox)];
    const at = (index: number) => ({ env: { ...withPassword.env, OIDC_SOCK: agents[index]?.socket } });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: one.metadata.issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], at(0))).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['wlcg'], at(1))).toMatchObject({ code: 77 });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: other.metadata.issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], at(1))).toMatchObject({ code: 0 });
    expect((await sandbox.run('oidc-token', ['wlcg'], at(0))).stdout).toBe('of-one\n');
    expect((await sandbox.run('oidc-token', ['wlcg'], at(1))).stdout).toBe('of-the-other\n');
    await endProcess(agents[0]?.pid ?? 0);
    expect((await sandbox.run('oidc-token', ['wlcg'], at(1))).stdout).toBe('of-the-other\n');
  });
});

describe.skipIf(!nobodyCanRun)('another user (as root only)', () => {
  it('cannot use the agent, also where he can reach its socket', async () => {
    const { socket } = await startAgent(sandbox, { args: ['-a', `${sandbox.folder}/mine/`] });
    chmodSync(sandbox.folder, 0o755);
    chmodSync(join(sandbox.folder, 'mine'), 0o755);
    for (const [program, args, error] of [
      ['oidc-token', ['wlcg'], 'Could not connect to oidc-agent'],
      ['oidc-add', ['-a'], 'Could not connect to oidc-agent'],
    ] as const) {
      expect(await sandbox.run(program, args, nobody)).toMatchObject({
        stdout: '',
        stderr: `Error: ${error}\nhint: you have no permission for ${socket}: it is another user's agent\nhint: start an agent with: eval $(oidc-agent)\n`,
        code: 69,
      });
    }
  });

  it('has an agent and accounts of his own', async () => {
    chmodSync(sandbox.folder, 0o755);
    const home = join(sandbox.folder, 'nobody');
    mkdirSync(home, { mode: 0o700 });
    chownSync(home, nobody.uid, nobody.gid);
    mkdirSync(join(home, '.config'));
    chownSync(join(home, '.config'), nobody.uid, nobody.gid);
    const issuer = await startTokenIssuer();
    const his = { ...nobody, env: { ...withPassword.env, HOME: home, TMPDIR: home } };
    const { socket, dpid } = JSON.parse((await sandbox.run('oidc-agent', ['--json'], his)).stdout);
    sandbox.onClose(() => endProcess(Number(dpid)));
    const asHim = { ...his, env: { ...his.env, OIDC_SOCK: socket } };
    const args = ['-w', 'device', '--iss', issuer.url, '--scope=max', '--pw-env', '--prompt=none', 'his'];
    expect(await sandbox.run('oidc-gen', args, asHim)).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['his'], asHim)).toMatchObject({ stdout: 'token\n', code: 0 });
    expect(spawnSync('stat', ['-c', '%U %a', join(home, '.config/oidc-agent/his')]).stdout.toString()).toBe(
      'nobody 600\n',
    );
  });

  it('cannot end the agent', async () => {
    const { pid } = await startAgent(sandbox);
    chmodSync(sandbox.folder, 0o755);
    const { stderr, code } = await sandbox.run('oidc-agent', ['-k'], nobody);
    expect(stderr).toMatch(/^Error: kill: .*EPERM/);
    expect(code).toBe(1);
    expect(process.kill(pid, 0)).toBe(true);
  });
});

describe('paths with spaces, quotes and letters of every kind', () => {
  const hard = `Jörg's "Ünix" $HOME 漢字`;

  beforeEach(() => {
    const folder = join(sandbox.folder, hard);
    mkdirSync(folder, { mode: 0o700 });
    Object.assign(sandbox.env, { HOME: folder, TMPDIR: folder, OIDC_CONFIG_DIR: join(folder, 'cönfig dir') });
  });

  it.each([
    ['sh', 'eval "$(oidc-agent)"'],
    ['bash', 'eval "$(oidc-agent)"'],
    ['dash', 'eval "$(oidc-agent)"'],
    ['sh', 'eval $(oidc-agent)'],
    ['bash', 'eval $(oidc-agent)'],
    ['dash', 'eval $(oidc-agent)'],
  ])('are what %s gets from %s', async (shell, start) => {
    const end = start.replace('oidc-agent', 'oidc-agent -k');
    const script = `${start}; printf '%s\\n' "$OIDC_SOCK"; oidc-add -a; ${end}; echo "[$OIDC_SOCK]"`;
    const { stdout, stderr, code } = await sandbox.run(`/bin/${shell}`, ['-c', script]);
    const [started, socket, ended, unset] = stdout.split('\n');
    expect([stderr, code]).toEqual(['', 0]);
    expect(started).toMatch(/^Agent pid \d+$/);
    expect(socket).toContain(`/${hard}/oidc-`);
    expect([ended, unset]).toEqual([`${started} killed`, '[]']);
  });

  it('work from registration to token', async () => {
    const issuer = await startTokenIssuer();
    await startAgent(sandbox);
    const passwordFile = join(sandbox.folder, hard, 'pass wörd');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    const args = [
      '-w',
      'device',
      '--iss',
      issuer.url,
      '--scope=max',
      '--prompt=none',
      `--pw-file=${passwordFile}`,
    ];
    expect(await sandbox.run('oidc-gen', [...args, 'wlcg für mich'])).toMatchObject({ code: 0 });
    expect(existsSync(join(sandbox.folder, hard, 'cönfig dir', 'wlcg für mich'))).toBe(true);
    expect((await sandbox.run('oidc-add', ['-l'])).stdout).toBe('wlcg für mich\n');
    expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe('wlcg für mich\n');
    expect((await sandbox.run('oidc-token', ['wlcg für mich'])).stdout).toBe('token\n');
    const print = await sandbox.run('oidc-gen', [`--pw-file=${passwordFile}`, '-p', 'wlcg für mich']);
    expect(JSON.parse(print.stdout)).toMatchObject({ name: 'wlcg für mich' });
  });
});

describe('without HOME', () => {
  const homeless = { env: { HOME: undefined } };

  it('an agent starts, and tokens of loaded accounts are given', async () => {
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const { dpid, socket } = JSON.parse((await sandbox.run('oidc-agent', ['--json'], homeless)).stdout);
    sandbox.onClose(() => endProcess(Number(dpid)));
    sandbox.env.OIDC_SOCK = socket;
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['wlcg'], homeless)).toMatchObject({ stdout: 'token\n', code: 0 });
    expect(await sandbox.run('oidc-add', ['-a'], homeless)).toMatchObject({ stdout: 'wlcg\n', code: 0 });
  });

  it('accounts are found by OIDC_CONFIG_DIR, else the error says so', async () => {
    await startAgent(sandbox);
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://localhost:1/' });
    expect(await sandbox.run('oidc-add', ['-l'], homeless)).toMatchObject({
      stdout: '',
      stderr:
        'Error: Environment variable HOME is not set, cannot resolve ~.\nhint: set it, or set OIDC_CONFIG_DIR to the directory of your accounts\n',
      code: 1,
    });
    const configured = { env: { HOME: undefined, OIDC_CONFIG_DIR: sandbox.accounts } };
    expect(await sandbox.run('oidc-add', ['-l'], configured)).toMatchObject({ stdout: 'wlcg\n', code: 0 });
  });
});

describe('without a terminal', () => {
  beforeEach(async () => {
    await startAgent(sandbox);
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://localhost:1/' });
  });

  const outcome = async (child: ChildProcess) => {
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { stderr, code };
  };

  it.each([
    ['closed', '<&-'],
    ['/dev/null', '</dev/null'],
    ['a pipe', '< <(echo secret)'],
  ])('no program asks the user: stdin is %s', async (_name, redirection) => {
    const script = `oidc-add wlcg ${redirection}; echo $?; oidc-gen -w device ${redirection}; echo $?; oidc-gen -w device x ${redirection}; echo $?`;
    const { stdout, stderr } = await sandbox.run('/bin/bash', ['-c', script]);
    expect(stdout).toBe('1\n64\n1\n');
    expect(stderr).toBe(
      [
        "Error: no password for 'wlcg' and no terminal to ask for one",
        'hint: pass it with --pw-env=VARIABLE, --pw-file=FILE or --pw-cmd=COMMAND',
        'Error: No account short name given.',
        'hint: name it: oidc-gen -w device NAME',
        "Error: no password for 'x' and no terminal to ask for one",
        'hint: pass it with --pw-env=VARIABLE, --pw-file=FILE or --pw-cmd=COMMAND',
        '',
      ].join('\n'),
    );
  });

  it('oidc-gen does not ask for the issuer and the scopes either', async () => {
    const gen = (...args: string[]) =>
      sandbox.run('oidc-gen', ['-w', 'device', '--pw-env', ...args, 'new'], withPassword);
    expect(await gen()).toMatchObject({
      stderr:
        "Error: Required argument issuer url not given. Please enable a prompt mode or pass issuer url to the '--issuer' option.\nhint: list the known issuers: jeton issuers\n",
      code: 64,
    });
    const { url } = await startTokenIssuer();
    expect(await gen('--iss', url)).toMatchObject({
      stderr:
        "Error: Required argument scope not given. Please enable a prompt mode or pass scope to the '--scope' option.\nhint: --scope=max requests every scope that the issuer lists\n",
      code: 64,
    });
  });

  it.each(['oidc-add -l', 'oidc-add -a', 'oidc-agent --status', 'oidc-gen --help', 'oidc-token --version'])(
    '%s does not hang or complain when no process reads its output',
    async (command) => {
      const child = sandbox.spawn('/bin/bash', ['-c', `${command} | true; exit \${PIPESTATUS[0]}`]);
      const { stderr } = await outcome(child);
      expect(stderr).toBe('');
    },
  );

  it.each(['>&-', '2>&-', '>&- 2>&-', '<&- >&- 2>&-'])(
    'a program runs to its end with %s',
    async (closed) => {
      const script = `oidc-add -a ${closed}; echo "exit code $?"`;
      const { stdout } = await sandbox.run('/bin/bash', ['-c', script]);
      expect(stdout).toBe('exit code 0\n');
    },
  );
});

describe('colours', () => {
  beforeEach(() => startAgent(sandbox));
  const colour = /\p{Cc}\[[0-9;]*m/u;

  it.each([
    ['without NO_COLOR', {}, true],
    ['with NO_COLOR that is empty', { NO_COLOR: '' }, true],
    ['with NO_COLOR', { NO_COLOR: '1' }, false],
    ['with a dumb terminal', { TERM: 'dumb' }, false],
    ['with OIDC_AGENT_NOCOLOR', { OIDC_AGENT_NOCOLOR: '1' }, false],
  ])('at a terminal %s', async (_name, env: Record<string, string>, expected) => {
    const terminal = new Terminal(sandbox, 'oidc-add', ['unknown'], { env });
    await terminal.waitFor(/hint: .*\n/);
    expect(await terminal.exit()).toBe(1);
    expect(colour.test(terminal.output)).toBe(expected);
  });

  it('never leave the terminal', async () => {
    const { stderr } = await sandbox.run('oidc-add', ['unknown'], { env: { TERM: 'xterm-256color' } });
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).not.toMatch(colour);
  });
});
