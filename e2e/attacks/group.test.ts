/** A member of the group that an agent is shared with (`--with-group`): gets tokens, and nothing else. */
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connectToAgent } from '@jeton/client/conversation/connect';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestNames } from '../../packages/protocol/src/requests.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { askAsMember, member, sharedGroup } from '../support/agent/group-member.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';
import { startOnDesktop } from '../support/user/desktop.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  chmodSync(sandbox.folder, 0o755);
});
afterEach(() => sandbox.close());

const shared = () => ['-a', `${sandbox.folder}/shared-XXXXXX/`, `--with-group=${sharedGroup}`];
const start = (...args: string[]) => startAgent(sandbox, { args: [...shared(), ...args] });

async function accountAt(script: Parameters<typeof startIssuer>[0], name = 'wlcg') {
  const issuer = await startIssuer(script);
  await writeAccount(sandbox, {
    name,
    issuer_url: issuer.metadata.issuer,
    client_secret: 'the client secret',
  });
  return issuer;
}
const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args], withPassword);

async function ask(socketPath: string, ...requests: object[]): Promise<Record<string, unknown>[]> {
  const answers = await askAsMember(
    socketPath,
    requests.map((request) => JSON.stringify(request)),
  );
  return answers.map((answer) => JSON.parse(answer));
}

const forbidden = {
  status: 'failure',
  error: 'operation forbidden',
  info: expect.stringContaining('hint: '),
};

/** All that a member may ask for. */
const allowed = ['access_token', 'id_token', 'mytoken', 'loaded_accounts', 'account_info', 'check'];

/** Each request, with members that would make it do something. */
function requestFor(name: string): object {
  const config = { name: 'wlcg', issuer_url: 'https://attacker.example', client_id: 'c', refresh_token: 'x' };
  return {
    request: name,
    account: 'wlcg',
    config,
    flow: ['device'],
    password: 'locked out',
    filename: 'file',
    data: 'data',
    oidc_device: { device_code: 'device code' },
    redirect_uri: 'http://localhost:4242/?state=s&code=c',
    state: 's',
    issuer: 'https://attacker.example',
    registration_client_uri: 'https://attacker.example',
  };
}

describe('a member of the group', () => {
  it('gets tokens of the accounts that the owner has loaded, and their list', async () => {
    const { groupSocket } = await start();
    const { metadata } = await accountAt({ '/token': tokens('one') });
    await load('wlcg');
    expect(
      await ask(groupSocket, { request: 'access_token', account: 'wlcg' }, { request: 'loaded_accounts' }),
    ).toEqual([
      { status: 'success', access_token: 'one', issuer: metadata.issuer, expires_at: expect.any(Number) },
      { status: 'success', info: ['wlcg'] },
    ]);
  });

  it.skipIf(!nobodyCanRun)('uses the programs of the suite (as root only)', async () => {
    const { groupSocket } = await start();
    await accountAt({ '/token': tokens('one') });
    await load('wlcg');
    const asMember = { ...member, env: { OIDC_SOCK: groupSocket, HOME: '/nonexistent' } };
    expect(await sandbox.run('oidc-token', ['wlcg'], asMember)).toMatchObject({
      stdout: 'one\n',
      stderr: '',
    });
    expect(await sandbox.run('oidc-add', ['-R'], asMember)).toMatchObject({
      stderr: expect.stringMatching(/^Error: operation forbidden\nhint: .*remove_all.*\n$/),
      code: 77,
    });
  });

  it.skipIf(!nobodyCanRun)('cannot come by the socket of the owner (as root only)', async () => {
    const { socket } = await start();
    expect(await askAsMember(socket, ['{"request":"check"}'])).toEqual(['EACCES']);
    expect([statSync(socket).mode & 0o777, statSync(dirname(socket)).mode & 0o777]).toEqual([0o600, 0o710]);
  });

  it('may ask for nothing that changes, runs or reveals something, in whichever form', async () => {
    const { socket, groupSocket } = await start();
    const issuer = await accountAt({ '/token': tokens('one') });
    await load('wlcg');
    const before = issuer.requests.length;
    const others = requestNames.filter((name) => !allowed.includes(name));
    expect(others).toHaveLength(requestNames.length - allowed.length);
    const whole = others.map(requestFor);
    const malformed = others.map((request) => ({ request, config: 7, file_key: 7, flow: 7, oidc_device: 7 }));
    for (const answer of await ask(groupSocket, ...whole, ...malformed)) {
      expect(answer).toMatchObject({ status: 'failure', error: 'operation forbidden' });
    }
    for (const request of others.map(requestFor)) {
      const channel = new EncryptedChannel();
      const sent = exchange(
        { ...request, request: String(Reflect.get(request, 'request')) },
        { socketPath: groupSocket, channel },
      );
      await expect(sent).rejects.toThrow('operation forbidden');
    }
    expect(issuer.requests).toHaveLength(before);
    // For the owner nothing has changed.
    expect((await exchange({ request: 'loaded_accounts' }, { socketPath: socket })).info).toEqual(['wlcg']);
    await expect(
      exchange({ request: 'file_read', filename: 'file' }, { socketPath: socket }),
    ).rejects.toThrow('File not found');
  });

  it('learns nothing of a locked agent, and cannot unlock it', async () => {
    const { socket, groupSocket } = await start();
    await exchange({ request: 'lock', password: 'sesame' }, { socketPath: socket });
    const answers = await ask(groupSocket, ...requestNames.map(requestFor), { request: 'add' });
    const errors = answers.map(({ error }) => error);
    const expected = requestNames.map((name) => {
      if (name === 'check' || name === 'account_info') return undefined;
      return allowed.includes(name) ? 'Agent locked' : 'operation forbidden';
    });
    expect(errors).toEqual([...expected, 'operation forbidden']);
    await exchange({ request: 'unlock', password: 'sesame' }, { socketPath: socket });
  });

  it('has no command run, neither at the next rotation of the refresh token nor by asking for a token', async () => {
    const mark = join(sandbox.folder, 'command-has-run');
    const passwords = { 'pw-cmd': `touch ${mark}; echo ${PASSWORD}` };
    writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify({ 'oidc-agent': passwords }));
    const { groupSocket } = await start();
    const rotating = [1, 2, 3].map((number) =>
      tokens(`access-${number}`, { refresh_token: `refresh-${number}` }),
    );
    await accountAt({ '/token': rotating });
    await accountAt({ '/token': tokens('other') }, 'other');
    await load('wlcg');
    const config = {
      name: 'wlcg',
      issuer_url: 'https://attacker.example',
      client_id: 'c',
      refresh_token: 'x',
    };
    const pw_entry = { type: 4, command: `touch ${mark}` };
    const [add, addOther, other] = await ask(
      groupSocket,
      { request: 'add', config, pw_entry },
      { request: 'add', config: { ...config, name: 'other' }, pw_entry },
      { request: 'access_token', account: 'other' },
    );
    expect([add, addOther]).toEqual([forbidden, forbidden]);
    expect(other).toMatchObject({ error: 'account not loaded', info: expect.stringContaining('owner') });
    expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({
      stdout: 'access-2\n',
      stderr: '',
    });
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('refresh-2');
    expect(existsSync(mark)).toBe(false);
  });

  it('learns no secret from an error, also where the issuer repeats what it was sent', async () => {
    const { groupSocket } = await start();
    const error_description = 'Invalid refresh token: first refresh token, of client: the client secret';
    const invalid = { status: 400, json: { error: 'invalid_grant', error_description } };
    await accountAt({ '/token': [tokens('one'), invalid, invalid] });
    await load('wlcg');
    const request = { request: 'access_token', account: 'wlcg', min_valid_period: -1 };
    const [answer] = await ask(groupSocket, request);
    expect(answer).toMatchObject({ status: 'failure', error: expect.stringMatching(/^invalid_grant/) });
    expect(JSON.stringify(answer)).not.toMatch(/first refresh token|client secret/);
  });

  it('gets an ID token only where the owner allows it', async () => {
    const { groupSocket, asked, answer } = await startOnDesktop(sandbox, 'exit 1', shared());
    await accountAt({ '/token': tokens('one') });
    await load('wlcg');
    const wanted = { request: 'id_token', account: 'wlcg', application_hint: 'rclone' };
    expect(await ask(groupSocket, wanted)).toEqual([forbidden]);
    expect(asked()).toContain(
      `A program of a member of the group '${sharedGroup}' that calls itself 'rclone'`,
    );
    answer('exit 0');
    // This issuer gives none, so the error shows that the request has reached it.
    expect(await ask(groupSocket, wanted)).toMatchObject([{ error: 'The issuer gave no ID token' }]);
  });

  it('gets a mytoken only if the owner says yes', async () => {
    const { groupSocket, asked } = await startOnDesktop(sandbox, 'exit 1', shared());
    const { metadata, requests } = await startIssuer({ '/token': tokens('one') });
    const { issuer } = metadata;
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer, mytoken_url: issuer });
    await load('--skip-check', 'wlcg');
    const before = requests.length;
    expect(await ask(groupSocket, { request: 'mytoken', account: 'wlcg' })).toEqual([forbidden]);
    expect(asked()).toContain(`A program of a member of the group '${sharedGroup}' asks for a mytoken`);
    expect(requests).toHaveLength(before);
  });

  it('takes no place from the owner, however many connections it opens', async () => {
    const { socket, groupSocket } = await start();
    const clients = await Promise.all(
      Array.from({ length: 256 }, () => connectToAgent({ socketPath: groupSocket })),
    );
    expect(await exchange({ request: 'check' }, { socketPath: socket })).toMatchObject({ status: 'success' });
    const [answer = ''] = await askAsMember(groupSocket, ['{"request":"check"}']);
    expect(answer).toContain('too many connections (256)');
    for (const client of clients) client.destroy();
  });
});

describe('the owner of an agent with a group', () => {
  it.skipIf(!hasCompiled)(
    'gets the same agent from the compiled oidc-agent, which leaves that to Node',
    async () => {
      const compiled = join(installPrograms(sandbox), 'oidc-agent');
      const { stdout } = await sandbox.run(compiled, [...shared(), '--quiet', '--json']);
      const { socket, dpid, group_socket } = JSON.parse(stdout);
      Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: dpid });
      expect(await ask(group_socket, { request: 'check' }, { request: 'remove_all' })).toEqual([
        { status: 'success' },
        forbidden,
      ]);
      expect(await sandbox.run(compiled, ['-k'])).toMatchObject({ code: 0, stderr: '' });
      await until(() => !existsSync(dirname(group_socket)));
    },
  );

  it('sees what the members set, and finds it again', async () => {
    const { stdout, stderr } = await sandbox.run('oidc-agent', shared());
    const [, socket] = /^OIDC_SOCK=(.*); export OIDC_SOCK;$/m.exec(stdout) ?? [];
    const [, pid] = /^OIDCD_PID=(\d+); export OIDCD_PID;$/m.exec(stdout) ?? [];
    const groupSocket = `${socket}.group`;
    Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: pid });
    expect(stderr).toBe(
      `Members of the group '${sharedGroup}' get tokens with: OIDC_SOCK=${groupSocket}; export OIDC_SOCK\n`,
    );
    expect((await sandbox.run('oidc-agent', ['--status'])).stdout).toContain(`socket:\t\t${groupSocket}\n`);
    const status = JSON.parse((await sandbox.run('oidc-agent', ['--status', '--json'])).stdout);
    expect(status.group_socket).toBe(groupSocket);
    // Both sockets end with the agent, and the folder that was made for them.
    expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({ code: 0, stderr: '' });
    await until(() => !existsSync(dirname(groupSocket)));
  });

  it('hears nothing of it with --quiet', async () => {
    const { stdout, stderr } = await sandbox.run('oidc-agent', [...shared(), '--quiet', '--json']);
    const { socket, dpid, group_socket } = JSON.parse(stdout);
    Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: dpid });
    await sandbox.run('oidc-agent', ['-k']);
    expect([stderr, group_socket]).toEqual(['', `${socket}.group`]);
  });

  it('finds in the log what members ask for, and what they are refused', async () => {
    const socket = join(sandbox.folder, 'agent');
    const args = ['-d', '-g', '--log-stderr', '-a', socket, `--with-group=${sharedGroup}`];
    const agent = sandbox.spawn('oidc-agent', args);
    let [announced, log] = ['', ''];
    agent.stdout?.on('data', (piece) => {
      announced += piece;
    });
    agent.stderr?.on('data', (piece) => {
      log += piece;
    });
    // The files are there a moment before the agent listens.
    await until(() => announced.includes(socket));
    await exchange({ request: 'check' }, { socketPath: `${socket}.group` });
    await exchange({ request: 'lock' }, { socketPath: `${socket}.group` }).catch(() => undefined);
    await until(() => log.includes('refused'));
    expect(log).toMatch(new RegExp(`^oidc-agent: check by group ${sharedGroup}: success, \\d+ ms$`, 'm'));
    expect(log).toMatch(new RegExp(`^oidc-agent: lock by group ${sharedGroup}: refused$`, 'm'));
  });

  it('gets an error when there is no room for the longer path', async () => {
    const path = `${sandbox.folder}/${'x'.repeat(107 - sandbox.folder.length - 3)}`;
    expect(await sandbox.run('oidc-agent', ['-a', path, `--with-group=${sharedGroup}`])).toMatchObject({
      stderr: expect.stringContaining('107 are possible'),
      code: 1,
    });
  });
});
