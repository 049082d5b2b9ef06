/** What the options of oidc-agent change: a command with an agent of its own, a pid file, a group, logins. */
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
import { dirname, join } from 'node:path';
import { exchange, type Request } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { agentsOf, startAgent } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { ourPrograms } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { type ScriptedIssuer, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

const run = (...args: string[]) => sandbox.run('oidc-agent', args);
const temporaryFiles = () => readdirSync(sandbox.env.TMPDIR ?? '');
const status = async () => JSON.parse((await run('--status', '--json')).stdout);

describe('oidc-agent -- COMMAND', () => {
  it('runs a command that finds an agent, which is gone with everything when the command ends', async () => {
    const script = 'test $OIDCD_PID -gt 1 && oidc-add -a && echo found; exit 7';
    expect(await run('--', 'sh', '-c', script)).toMatchObject({ stdout: 'found\n', stderr: '', code: 7 });
    expect([agentsOf(sandbox), temporaryFiles()]).toEqual([[], []]);
  });

  it('leaves the options of the command to the command', async () => {
    const { stdout } = await run('-t', '60', 'sh', '-c', 'oidc-agent --status --json; echo "$@"', 'sh', '-c');
    const [line = '', words] = stdout.split('\n');
    expect(JSON.parse(line).command_line_options).toBe('--lifetime=60');
    expect(words).toBe('-c');
  });

  it('leaves the environment of the command as it is, but for where the agent is', async () => {
    const { stdout } = await run('--', 'env');
    const names = stdout.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    expect(names.sort()).toEqual([...Object.keys(sandbox.env), 'OIDC_SOCK', 'OIDCD_PID'].sort());
  });

  it('ends as a shell does when a signal ends the command, or when there is none of that name', async () => {
    expect(await run('--', 'sh', '-c', 'kill -TERM $$')).toMatchObject({ code: 143 });
    expect(await run('--', 'no-such-command')).toMatchObject({
      stderr: 'Error: no-such-command: command not found\n',
      code: 127,
    });
    expect([agentsOf(sandbox), temporaryFiles()]).toEqual([[], []]);
  });

  it.each([
    [
      'is not to be run',
      'plain',
      126,
      /plain: permission denied\nhint: make it executable: chmod \+x \S+plain\n$/,
    ],
    ['is below a file', 'plain/x', 126, /plain\/x: not a directory\n$/],
    [
      'is written for a program that is not there',
      'script',
      127,
      /script: command not found\nhint: the file exists, but /,
    ],
    ['has no name', '', 127, /^Error: : command not found\n$/],
  ])(
    'a command that %s is reported, with the exit code of a shell, and no agent stays',
    async (_, name, code, stderr) => {
      writeFileSync(join(sandbox.folder, 'plain'), 'text');
      writeFileSync(join(sandbox.folder, 'script'), '#!/nonexistent/program\n', { mode: 0o755 });
      const outcome = await run('--', name && join(sandbox.folder, name));
      expect(outcome).toMatchObject({ stdout: '', stderr: expect.stringMatching(stderr), code });
      expect([agentsOf(sandbox), temporaryFiles()]).toEqual([[], []]);
    },
  );

  it('passes signals on to the command', async () => {
    const script = 'trap "echo ended; exit 3" TERM; echo ready; while :; do sleep 0.01; done';
    const child = sandbox.spawn('oidc-agent', ['--', 'sh', '-c', script]);
    let stdout = '';
    child.stdout?.on('data', (piece) => {
      if (stdout === '') child.kill('SIGTERM');
      stdout += piece;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(3);
    expect(stdout).toBe('ready\nended\n');
    expect(temporaryFiles()).toEqual([]);
  });

  it('leaves no agent behind when it is killed', async () => {
    // The command ends with its input, that is with the test.
    const child = sandbox.spawn('oidc-agent', ['--', 'sh', '-c', 'echo ready; exec cat']);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(agentsOf(sandbox)).toHaveLength(1);
    child.kill('SIGKILL');
    await until(() => agentsOf(sandbox).length === 0);
    await until(() => temporaryFiles().length === 0);
    child.stdin?.end();
  });

  it.each(['--kill', '--status', '--console'])('does not go with %s', async (option) => {
    expect(await run(option, '--', 'true')).toMatchObject({
      stderr: expect.stringContaining(`'${option}' cannot be used with a command`),
      code: 64,
    });
  });
});

describe('--pid-file', () => {
  it('names a file with the process id, for its owner only, which goes with the agent', async () => {
    const file = join(sandbox.folder, 'agent.pid');
    const { dpid } = JSON.parse((await run('--pid-file', file, '--json')).stdout);
    const [content, mode] = [readFileSync(file, 'latin1'), statSync(file).mode & 0o777];
    await endProcess(Number(dpid));
    expect([content, mode]).toEqual([`${dpid}\n`, 0o600]);
    expect(existsSync(file)).toBe(false);
  });

  it('is taken from where one is', async () => {
    const start = await sandbox.run('oidc-agent', ['--pid-file=pid', '--json'], { cwd: sandbox.folder });
    const { dpid } = JSON.parse(start.stdout);
    const content = readFileSync(join(sandbox.folder, 'pid'), 'latin1');
    await endProcess(Number(dpid));
    expect(content).toBe(`${dpid}\n`);
  });

  it('is not written through a link', async () => {
    const [file, precious] = [join(sandbox.folder, 'agent.pid'), join(sandbox.folder, 'precious')];
    writeFileSync(precious, 'diary');
    symlinkSync(precious, file);
    const { dpid } = JSON.parse((await run('--pid-file', file, '--json')).stdout);
    await endProcess(Number(dpid));
    expect(readFileSync(precious, 'latin1')).toBe('diary');
  });

  it('of another agent is left alone at the end', async () => {
    const file = join(sandbox.folder, 'agent.pid');
    const { dpid } = JSON.parse((await run('--pid-file', file, '--json')).stdout);
    writeFileSync(file, '1\n');
    await endProcess(Number(dpid));
    expect(readFileSync(file, 'latin1')).toBe('1\n');
  });

  it('that cannot be written is an error, and no agent is left', async () => {
    expect(await run(`--pid-file=${sandbox.folder}/no/such`)).toMatchObject({
      stdout: '',
      stderr: `Error: Could not write the pid file\nhint: ${sandbox.folder}/no/such: no such file or directory (ENOENT)\n`,
      code: 1,
    });
    await until(() => agentsOf(sandbox).length === 0);
    expect(temporaryFiles()).toEqual([]);
  });
});

it('--quiet does not show the process id, and still finds the agent of all shells', async () => {
  const { stdout } = await run('--quiet');
  expect(stdout).toMatch(/^OIDC_SOCK=\S+; export OIDC_SOCK;\nOIDCD_PID=\d+; export OIDCD_PID;\n$/);
  expect((await run('--quiet')).stdout).toBe(stdout);
  const [pid] = agentsOf(sandbox);
  await endProcess(pid ?? 0);
});

describe('--with-group', () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('needs a group of the system', async () => {
    for (const [option, name] of [
      ['--with-group=no such group', 'no such group'],
      ['--with-group=--version', '--version'],
    ]) {
      expect(await run(option ?? '')).toMatchObject({
        stdout: '',
        stderr: `Error: Group does not exist\nhint: there is no group '${name}'; list your groups: groups\n`,
        code: 1,
      });
    }
    expect(temporaryFiles()).toEqual([]);
  });

  it('of the file config is the same', async () => {
    writeFileSync(join(sandbox.accounts, 'config'), '{"oidc-agent": {"group": "nowhere"}}');
    expect(await run()).toMatchObject({ stderr: expect.stringContaining('Group does not exist'), code: 1 });
  });

  it.skipIf(!nobodyCanRun)('needs one of which the user is a member (as root only)', async () => {
    const { stderr } = await sandbox.run('oidc-agent', ['--with-group=root'], nobody);
    expect(stderr).toContain("Error: You are not a member of the group 'root'\n");
  });

  it.skipIf(!nobodyCanRun)('lets its members get tokens, and nobody else (as root only)', async () => {
    const group = 'nogroup';
    const users = 100;
    const args = ['-a', `${sandbox.folder}/shared-XXXXXX/`, `--with-group=${group}`];
    const { socket, groupSocket } = await startAgent(sandbox, { args });
    chmodSync(sandbox.folder, 0o755);
    expect([mode(socket), mode(groupSocket), mode(dirname(socket))]).toEqual(['600', '660', '710']);
    expect([statSync(groupSocket), statSync(dirname(socket))].map(({ gid }) => gid)).toEqual([
      nobody.gid,
      nobody.gid,
    ]);
    const list = (as: { uid: number; gid: number }) =>
      sandbox.run('oidc-add', ['-a'], { ...as, env: { OIDC_SOCK: groupSocket } });
    expect(await list(nobody)).toMatchObject({ stderr: '', code: 0 });
    expect(await list({ uid: nobody.uid, gid: users })).toMatchObject({ code: 69 });
    expect((await status()).command_line_options).toBe(`--with-group=${group}`);
  });

  it.skipIf(!nobodyCanRun)('leaves a folder as it is that was there before (as root only)', async () => {
    await startAgent(sandbox, { args: ['-a', `${sandbox.folder}/socket`, '--with-group=nogroup'] });
    expect([statSync(sandbox.folder).gid, mode(sandbox.folder)]).toEqual([process.getgid?.(), '700']);
  });
});

describe('logins that are left to the agent', () => {
  const ask = (request: Request, socketPath: string) => exchange(request, { socketPath });
  const account = (issuer: ScriptedIssuer, members = {}) => ({
    name: 'wlcg',
    issuer_url: issuer.metadata.issuer,
    client_id: 'client',
    refresh_token: 'refresh token',
    username: 'me',
    password: 'password',
    ...members,
  });

  it.each([
    [[], 'http:'],
    [['--no-webserver'], 'edu.kit.data.oidc-agent:'],
    [['--no-webserver', '--no-scheme'], 'http:'],
  ])('with %j come back to %s', async (args, scheme) => {
    const { socket } = await startAgent(sandbox, { args });
    const port = await freePort();
    const redirect_uris = [`http://localhost:${port}`, 'edu.kit.data.oidc-agent:/redirect'];
    const config = account(await startIssuer(), { redirect_uris });
    const { uri } = await ask({ request: 'gen', config, flow: ['code'] }, socket);
    const redirectUri = new URL(String(uri)).searchParams.get('redirect_uri');
    expect(redirectUri).toBe(redirect_uris.find((candidate) => candidate.startsWith(scheme)));
    const isServed = await fetch(`http://localhost:${port}`).then(
      () => true,
      () => false,
    );
    expect(isServed).toBe(args.length === 0);
  });

  it('carry the parameters of custom_parameters.config', async () => {
    const issuer = await startIssuer({ '/token': tokens('token', { refresh_token: 'new' }), '/revoke': {} });
    const requests = ['password', 'refresh', 'registration', 'revocation'];
    const custom = requests.map((request) => ({
      parameter: `for_${request}`,
      value: 'custom',
      for_account: ['wlcg'],
      request: [request],
    }));
    writeFileSync(join(sandbox.accounts, 'custom_parameters.config'), JSON.stringify(custom));
    const { socket } = await startAgent(sandbox);
    const config = account(issuer);
    await ask({ request: 'gen', config, flow: ['password'] }, socket);
    await ask({ request: 'gen', config, flow: ['refresh'] }, socket);
    await ask({ request: 'delete', config }, socket);
    await ask({ request: 'register', config, flow: ['device'] }, socket);
    const seen = issuer.requests
      .filter(({ body }) => body !== '')
      .map(({ body }) => /for_\w+/.exec(body)?.[0]);
    expect(seen).toEqual(['for_password', 'for_refresh', 'for_revocation', 'for_registration']);
  });
});

describe('the log', () => {
  /** What the agent logs while programs ask for tokens, of which one goes well. */
  async function logOf(...args: string[]) {
    const issuer = await startIssuer({ '/token': tokens('access-1234', { refresh_token: 'refresh-1234' }) });
    await writeAccount(sandbox, {
      name: 'wlcg',
      issuer_url: issuer.metadata.issuer,
      client_secret: 'client-1234',
    });
    const script = 'oidc-add --pw-env wlcg; oidc-token --name "a\nb" wlcg; oidc-token --name="a b" other; :';
    const { stderr } = await sandbox.run('oidc-agent', [...args, '--', 'sh', '-c', script], withPassword);
    const lines = stderr.split('\n').filter((line) => line.startsWith('oidc-agent: '));
    return { issuer, lines: lines.map((line) => line.replace(/\d+ ms$/, 'N ms')) };
  }
  /** A program that takes what goes to the system log, as there is none in the tests. */
  function writeLogger(): string {
    const [folder, file] = [join(sandbox.folder, 'bin'), join(sandbox.folder, 'log')];
    mkdirSync(folder);
    writeFileSync(join(folder, 'logger'), `#!/bin/sh\necho "$@" >> ${file}; exec cat >> ${file}\n`, {
      mode: 0o755,
    });
    Object.assign(sandbox.env, { PATH: `${folder}:${sandbox.env.PATH}` });
    return file;
  }

  it('has each request and each call to an issuer, and no secret', async () => {
    const file = writeLogger();
    const { lines, issuer } = await logOf('--debug', '--log-stderr');
    const failed =
      'oidc-agent: access_token account="other" application_hint="a b": "No account configured with that short name", N ms';
    expect(lines).toEqual([
      'oidc-agent: loaded_accounts: success, N ms',
      'oidc-agent: status_json: success, N ms',
      `oidc-agent: GET ${issuer.url}/.well-known/openid-configuration: 200, N ms`,
      `oidc-agent: POST ${issuer.url}/token: 200, N ms`,
      'oidc-agent: add: success, N ms',
      'oidc-agent: access_token account="wlcg" application_hint="a\\nb": success, N ms',
      failed,
    ]);
    await until(() => readFileSync(file, 'utf8').includes('"other"'));
    const all = readFileSync(file, 'utf8').trimEnd().split('\n');
    // An agent that sleeps in between starts the program again.
    const isHead = (line: string) => /^-t oidc-agent\[\d+\] -p authpriv\.debug$/.test(line);
    expect(new Set(all.filter(isHead)).size).toBe(1);
    const logged = all.filter((line) => !isHead(line));
    expect(logged.map((line) => `oidc-agent: ${line.replace(/\d+ ms$/, 'N ms')}`)).toEqual(lines);
    expect([...lines, ...logged].join()).not.toMatch(new RegExp(`1234|${PASSWORD}|first refresh token`));
  });

  it('has what fails, without --debug', async () => {
    const file = writeLogger();
    const { lines } = await logOf('--log-stderr');
    expect(lines).toEqual([expect.stringMatching(/^oidc-agent: access_token account="other" /)]);
    expect(existsSync(file)).toBe(false);
  });

  it('is no condition for the agent', async () => {
    Object.assign(sandbox.env, { PATH: `${ourPrograms}:${dirname(process.execPath)}` });
    writeFileSync(join(sandbox.accounts, 'config'), '{"oidc-agent": {"debug_logging": true}}');
    const { dpid } = JSON.parse((await run('-a', `${sandbox.folder}/agent`, '--json')).stdout);
    sandbox.onClose(() => endProcess(Number(dpid)));
    Object.assign(sandbox.env, { OIDC_SOCK: `${sandbox.folder}/agent` });
    expect((await status()).command_line_options).toBe('--debug');
    expect((await status()).command_line_options).toBe('--debug');
  });
});

it('--status tells the settings, so that another agent can be started with the same', async () => {
  const args = [
    '-t',
    '60',
    '-c',
    '--no-autoload',
    '--no-scheme',
    '--no-webserver',
    '--no-auto-reauthenticate',
    '-g',
    '--restart-on-update',
  ];
  await startAgent(sandbox, { args });
  expect((await status()).command_line_options).toBe(
    '--lifetime=60 --confirm --no-autoload --no-scheme --no-webserver --restart-on-update --debug',
  );
  const { stdout } = await run('--status');
  expect(stdout).toContain('\nUse custom URI scheme:\tfalse\nWebserver:\t\tfalse\n');
});
