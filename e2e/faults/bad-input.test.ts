/** Bad input: each program reports it, and the agent continues. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { Terminal } from '../support/user/terminal.ts';

const start = 'hint: start an agent with: eval $(oidc-agent)\n';

describe('without an agent', () => {
  const sandbox = new Sandbox();
  /** The socket of an agent that could not tidy up. */
  let stale: string;
  beforeAll(async () => {
    const elsewhere = new Sandbox();
    sandbox.onClose(() => elsewhere.close());
    const { socket, pid } = await startAgent(elsewhere);
    await endProcess(pid, 'SIGKILL');
    stale = socket;
  });
  afterAll(() => sandbox.close());

  const programs: [string, string[], string][] = [
    ['oidc-token', ['wlcg'], 'Could not connect to oidc-agent'],
    ['oidc-add', ['-a'], 'Could not connect to oidc-agent'],
    ['oidc-gen', ['-w', 'device', 'wlcg'], 'Could not connect to oidc-agent'],
    ['oidc-agent', ['--status'], 'Could not connect to oidc-agent'],
  ];

  it.each(programs)('%s says how to start one', async (program, args, error) => {
    const socket = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;
    expect(await sandbox.run(program, args)).toMatchObject({
      stdout: '',
      stderr: `Error: ${error}\nhint: there is no socket at ${socket}\n${start}`,
      code: 69,
    });
  });

  it.each(programs)('%s knows a socket that an agent left behind', async (program, args, error) => {
    expect(await sandbox.run(program, args, { env: { OIDC_SOCK: stale } })).toMatchObject({
      stderr: `Error: ${error}\nhint: no agent listens on ${stale}: the agent that created it has ended\n${start}`,
      code: 69,
    });
  });

  it.each(programs)('%s says that the path of a socket is too long', async (program, args, error) => {
    const socket = `/tmp/${'x'.repeat(103)}`;
    expect(await sandbox.run(program, args, { env: { OIDC_SOCK: socket } })).toMatchObject({
      stderr: `Error: ${error}\nhint: The socket path is 108 bytes long, 107 are possible: ${socket}\n`,
      code: 69,
    });
  });

  it('oidc-agent does not start on a path that is too long, and says so', async () => {
    // Counted in bytes, of which this letter has two.
    const socket = `/tmp/${'ü'.repeat(51)}/`;
    const { stdout, stderr, code } = await sandbox.run('oidc-agent', ['-a', socket]);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(
      /^Error: The socket path is 12\d bytes long, 107 are possible: \/tmp\/ü+\/oidc-agent\.\d+\n/,
    );
    expect(stderr).toContain(
      'hint: choose a shorter one: oidc-agent --socket-path=PATH, or a shorter TMPDIR\n',
    );
  });

  it.each([
    ['nothing', '', 69, 'did not receive any response'],
    ['no JSON', 'hello', 1, 'The answer of the agent is not a JSON object with a status'],
  ])('oidc-token is not confused by a stranger that answers %s', async (_name, answer, code, error) => {
    const socket = join(sandbox.folder, 'stranger');
    const server = createServer((connection) => connection.once('data', () => connection.end(answer)));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const outcome = await sandbox.run('oidc-token', ['wlcg'], { env: { OIDC_SOCK: socket } });
    server.close();
    expect(outcome).toMatchObject({
      stdout: '',
      code,
      stderr: expect.stringContaining(`Error: ${error}\nhint: `),
    });
  });
});

describe('on the socket', () => {
  const sandbox = new Sandbox();
  let agent: RunningAgent;
  beforeAll(async () => {
    agent = await startAgent(sandbox);
  });
  afterAll(() => sandbox.close());

  const check = '{"request":"check"}';
  const failure = (error: string) => JSON.stringify({ status: 'failure', error });

  it.each([
    ['garbage', '\x00\xff\xfe rubbish', 'Bad Request: could not parse json'],
    ['a request of HTTP', 'GET / HTTP/1.1\r\n\r\n', 'Bad Request: could not parse json'],
    ['2 MiB', `{"request":"${'x'.repeat(2 ** 21)}"}`, 'Bad Request: message longer than 1048576 bytes'],
    ['a public key of low order', Buffer.alloc(32).toString('base64'), 'received suspicious public key'],
  ])('%s is answered with what is wrong', async (_name, bytes, error) => {
    const client = new RawClient(agent.socket);
    await client.write(bytes);
    expect(await client.answer()).toBe(failure(error));
  });

  it('half a request and then the end is answered with what is wrong', async () => {
    const client = new RawClient(agent.socket);
    await client.write(check.slice(0, 9));
    client.socket.end();
    expect(await client.answer()).toBe(failure('Bad Request: could not parse json'));
  });

  it('a request in single bytes is answered as one in one piece', async () => {
    const client = new RawClient(agent.socket);
    for (const byte of Buffer.from(check)) await client.write(Uint8Array.of(byte));
    expect(await client.answer()).toBe('{"status":"success"}');
  });

  it('a forged length of the encrypted form is answered with what is wrong', async () => {
    const client = new RawClient(agent.socket);
    await client.write('NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=');
    await client.next();
    await client.write(`100000000:${'A'.repeat(32)}:${'A'.repeat(64)}`);
    expect((await client.answer()).slice(44)).toBe(
      failure('internal error: ipc encrypted message malformed'),
    );
  });

  it('half a request and then silence keep no other client waiting', async () => {
    const silent = Array.from({ length: 50 }, () => new RawClient(agent.socket));
    for (const client of silent) await client.write(check.slice(0, 9));
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: '', stderr: '', code: 0 });
    for (const client of silent) client.socket.end();
    await Promise.all(silent.map((client) => client.answer()));
  });

  it('after all of this it is the same agent, and it is well', async () => {
    expect(await sandbox.run('oidc-agent', ['--status', '--json'])).toMatchObject({ code: 0 });
    expect(process.kill(agent.pid, 0)).toBe(true);
  });
});

describe('account files and their passwords', () => {
  const sandbox = new Sandbox();
  const file = join(sandbox.accounts, 'wlcg');
  beforeAll(async () => {
    await startAgent(sandbox);
    // Nothing in here gets as far as the issuer.
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://localhost:1/' });
  });
  afterAll(() => sandbox.close());

  it.each([
    ['oidc-add', ['wlcg']],
    ['oidc-add', ['-p', 'wlcg']],
    ['oidc-gen', ['-p', 'wlcg']],
    ['oidc-gen', ['--reauthenticate', '-w', 'device', 'wlcg']],
    ['oidc-gen', ['-d', 'wlcg']],
  ])('%s %j asks three times for the password, and shows none', async (program, args) => {
    const terminal = new Terminal(sandbox, program, args);
    for (const wrong of ['wrong 1', 'wrong 2', 'wrong 3']) {
      await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
      terminal.type(wrong);
    }
    await terminal.waitFor(/Error: reached maximum number of tries\n/);
    expect(await terminal.exit()).toBe(77);
    expect(terminal.screen).not.toContain('wrong');
  });

  it('the third try may be right', async () => {
    const terminal = new Terminal(sandbox, 'oidc-gen', ['-p', 'wlcg']);
    for (const tried of ['wrong', '', PASSWORD]) {
      await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
      terminal.type(tried);
    }
    await terminal.waitFor(/"client_id"/);
    expect(await terminal.exit()).toBe(0);
  });

  it.each([
    ['--pw-env', ['--pw-env=WRONG']],
    ['--pw-cmd', ['--pw-cmd=echo wrong']],
    ['--pw-file', [`--pw-file=${join(sandbox.folder, 'wrong')}`]],
  ])('a wrong password by %s is reported at once', async (_name, options) => {
    writeFileSync(join(sandbox.folder, 'wrong'), 'wrong\n');
    const outcome = await sandbox.run('oidc-add', [...options, 'wlcg'], { env: { WRONG: 'wrong' } });
    expect(outcome).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^Error: wrong password\nhint: /),
      code: 77,
    });
  });

  it.each([
    [
      ['--pw-env=UNSET'],
      "no password for 'wlcg' and no terminal to ask for one (the environment variable UNSET is not set)",
    ],
    [['--pw-cmd=exit 3'], 'the password command failed with exit status 3'],
    [
      ['--pw-file=/nonexistent'],
      "could not read the password file '/nonexistent': no such file or directory (ENOENT)",
    ],
  ])('%j that gives no password is reported', async (options, error) => {
    const { stderr, code } = await sandbox.run('oidc-add', [...options, 'wlcg']);
    expect([stderr.split('\n')[0], code]).toEqual([`Error: ${error}`, 1]);
  });

  it('a truncated account file is reported with its line, and stays as it is', async () => {
    const half = readFileSync(file, 'utf8').split('\n').slice(0, 3).join('\n');
    const truncated = join(sandbox.accounts, 'half');
    writeFileSync(truncated, half, { mode: 0o600 });
    const error = 'encryption malformed: the file is truncated: it has 3 of 7 lines';
    for (const program of ['oidc-add', 'oidc-gen']) {
      const args = program === 'oidc-add' ? ['half'] : ['-p', 'half'];
      expect(await sandbox.run(program, ['--pw-env', ...args], withPassword)).toMatchObject({
        stdout: '',
        stderr: `Error: ${error}\nhint: restore the file from a backup, or create the account again: oidc-gen <shortname>\n`,
        code: 1,
      });
    }
    expect(await sandbox.run('oidc-token', ['half'])).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining(`Error: account not loaded\nhint: ${error}\n`),
      code: 77,
    });
    expect(readFileSync(truncated, 'utf8')).toBe(half);
  });

  it.skipIf(!nobodyCanRun)('an account file that may not be read is told (as root only)', async () => {
    chmodSync(sandbox.folder, 0o711);
    for (const folder of [sandbox.home, join(sandbox.home, '.config'), sandbox.accounts])
      chmodSync(folder, 0o711);
    const outcome = await sandbox.run('oidc-gen', ['-p', file, '--pw-env'], { ...withPassword, ...nobody });
    expect(outcome).toMatchObject({
      stdout: '',
      stderr: `Error: could not open file '${file}': permission denied (EACCES)\nhint: account files belong to you and have mode 0600: see ls -l\n`,
      code: 1,
    });
  });
});

describe('names', () => {
  const sandbox = new Sandbox();
  beforeAll(async () => {
    await startAgent(sandbox);
  });
  afterAll(() => sandbox.close());

  it('of an unknown account: the error says what to do', async () => {
    expect(await sandbox.run('oidc-token', ['nobody'])).toMatchObject({
      stdout: '',
      stderr:
        "Error: No account configured with that short name\nhint: there is no account 'nobody'; list your accounts: oidc-add -l\nhint: create it: oidc-gen -w device nobody\n",
      code: 1,
    });
    const list = 'hint: list your accounts: oidc-add -l\n';
    expect(await sandbox.run('oidc-add', ['nobody'])).toMatchObject({
      stderr: `Error: No account configured with that short name\n${list}`,
      code: 1,
    });
    expect(await sandbox.run('oidc-gen', ['-p', 'nobody'])).toMatchObject({
      stderr: `Error: could not open file - file does not exist\nhint: there is no file ${join(sandbox.accounts, 'nobody')}\n${list}`,
      code: 1,
    });
    expect(await sandbox.run('oidc-gen', ['-d', 'nobody'])).toMatchObject({
      stderr: 'Error: No account with that shortname configured\nhint: list your accounts: oidc-gen -l\n',
      code: 1,
    });
  });

  it('with a typing error: every program suggests the account that is meant', async () => {
    writeFileSync(join(sandbox.accounts, 'wlcg'), '{"name":"wlcg"}');
    const meant = "hint: did you mean 'wlcg'?\n";
    for (const [program, ...args] of [
      ['oidc-token', 'wlgc'],
      ['oidc-add', 'wlgc'],
      ['oidc-gen', '-p', 'wlgc'],
      ['oidc-gen', '-d', 'wlgc'],
      ['oidc-gen', '--reauthenticate', 'wlgc'],
    ] as const) {
      const { stdout, stderr, code } = await sandbox.run(program, args);
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      expect(stderr).toMatch(/^Error: /);
      expect(stderr).toContain(meant);
    }
  });

  it('of an issuer without an account: the error says what to do', async () => {
    const { stderr, code } = await sandbox.run('oidc-token', ['https://nobody.example/']);
    expect(stderr).toBe(
      'Error: account not loaded\nhint: no account for https://nobody.example/ is known; load one by its name: oidc-add NAME\n',
    );
    expect(code).toBe(77);
  });

  const outside = "'../x' is not an account short name: it contains a slash";
  it.each([
    ['oidc-add', ['../x']],
    ['oidc-add', ['-p', '../x']],
    ['oidc-gen', ['-p', '../x']],
    ['oidc-gen', ['-d', '../x']],
    ['oidc-gen', ['--reauthenticate', '../x']],
    ['oidc-gen', ['-w', 'device', '--iss=https://localhost:1/', '--scope=max', '--pw-env=PATH', '../x']],
  ])('that leave the folder are refused: %s %j', async (program, args) => {
    writeFileSync(join(sandbox.accounts, '..', 'x'), '{"name":"x"}');
    expect(await sandbox.run(program, args)).toMatchObject({
      stdout: '',
      stderr: `Error: ${outside}\nhint: a short name is the name of a file, such as wlcg\n`,
      code: 1,
    });
    expect(readFileSync(join(sandbox.accounts, '..', 'x'), 'utf8')).toBe('{"name":"x"}');
  });

  it('that leave the folder are unknown to oidc-token', async () => {
    writeFileSync(
      join(sandbox.accounts, '..', 'x'),
      '{"name":"x","issuer_url":"https://localhost:1/","client_id":"c"}',
    );
    expect(await sandbox.run('oidc-token', ['../x'])).toMatchObject({
      stdout: '',
      stderr: `Error: No account configured with that short name\nhint: ${outside}\nhint: a short name is the name of a file, such as wlcg\nhint: list your accounts: oidc-add -l\n`,
      code: 1,
    });
  });
});
