/**
 * Defects of the C suite that ours must not have; what the C programs do is in brackets. Those that a command line shows next
 * to the C programs are scenarios of differential.test.ts.
 *
 * Where each is tested; `here` is this file, and `agent/` is packages/agent/src/:
 * - a shell runs `--name`: prompt.test.ts
 * - a shell runs the address of an issuer, or text on its way to gpg: gen-code.test.ts, agent/accounts/format/gpg.test.ts
 * - text of an issuer as a format string: here
 * - the web server of the code flow listens everywhere, its page shows errors as HTML: here, agent/oauth/browser/redirect-server.test.ts
 * - files that others can read or write, or have put there: agent/config/issuers/issuers.test.ts, agent/accounts/account-file.test.ts, here
 * - forged lengths and keys in encrypted messages: here, agent/daemon/socket/connection.test.ts, packages/protocol/src/encryption.test.ts
 * - short names outside the folder: here; plain http: bad-issuers.test.ts; ID tokens of strangers: agent/oauth/issuer/id-token.test.ts
 * - one client, issuer or wrong password keeps all clients waiting: never-wait.test.ts, agent-lock.test.ts
 * - an agent tells its address before it listens: here
 * - an agent outlives its command: here, agent-options.test.ts
 * - a socket stays, a name without a folder, a bad process id: agent-life.test.ts, here
 * - no unlock with a public client, no lock with a new account: agent-lock.test.ts
 * - a lifetime without --pw-store: here
 * - the registration of a client is lost, and the client stays: c-files.test.ts, c-gen.test.ts
 * - GPG keys on curves, -u of a GPG file: agent/accounts/format/gpg.test.ts, gen-accounts.test.ts
 * - a refresh token that could not be saved, a file half written: refresh-tokens.test.ts, durable-save.test.ts
 * - the end of a narrowed token: here
 * - what issuer.config says is lost, what is shipped is copied into it: here, gen-clients.test.ts, agent/config/issuers/issuers.test.ts
 * - quotes in error texts: here
 * - a 404 with a text, no scopes_supported: gen-clients.test.ts, here
 * - a login that fails destroys the account, a bare invalid_grant is not understood: here, refresh-tokens.test.ts
 * - the group of the socket: agent-options.test.ts
 * - names in the files of configuration, missing files and sections: agent/config/settings.test.ts, agent/config/issuers/issuers.test.ts,
 *   packages/agent/src/config/section.test.ts
 * - Basic without form encoding: agent/oauth/client/client-authentication.test.ts; slow_down: bad-issuers.test.ts; response_type at
 *   the token endpoint: agent/oauth/grants/code.test.ts; scopes that end in a space, discovery at each poll: here
 * - no question for an account that is named by its issuer: here
 * - documentation that is not what the programs do: docs.test.ts, docs-commands.test.ts, packages/agent/src/programs/oidc-token/output.test.ts
 * - a code flow without a port loses its redirect URI: gen-code.test.ts
 * - names that --rename leaves behind: gen-accounts.test.ts; files that are listed as accounts: agent/accounts/directory.test.ts
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exchange } from '@jeton/client/conversation/exchange';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { agentsOf, startAgent } from '../support/agent/agent.ts';
import { programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { processEnd } from '../support/processes.ts';
import { refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  onTestFinished(() => sandbox.close());
});

const run = (program: string, ...args: string[]) => sandbox.run(program, args, withPassword);

/** An account that the agent holds, of an issuer that gives these answers for tokens after the first. */
async function loaded(...answers: Parameters<typeof tokens>[1][]): Promise<void> {
  const script = [tokens('first', {}), ...answers.map((members, index) => tokens(`token-${index}`, members))];
  const issuer = await startIssuer({ '/token': script });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  expect(await run('oidc-add', '--pw-env', 'wlcg')).toMatchObject({ code: 0 });
}

it.each(['%d%s%n', '100%20sure', 'a "quoted" text', '12345'])(
  'an error text of an issuer arrives as it is (a format string, broken JSON, an error number): %s',
  async (description) => {
    const answer = { status: 400, json: { error: 'invalid_request', error_description: description } };
    const issuer = await startIssuer({ '/token': [tokens('first'), answer] });
    await startAgent(sandbox);
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
    await run('oidc-add', '--pw-env', 'wlcg');
    const { stderr, code } = await run('oidc-token', '-f', 'wlcg');
    expect(stderr.split('\n')[0]).toBe(`Error: invalid_request: ${description}`);
    expect(code).toBe(1);
  },
);

it('a forged length of a message is an error (a crash)', async () => {
  const { socket } = await startAgent(sandbox);
  const attacker = connect(socket);
  attacker.write(Buffer.alloc(32, 9).toString('base64'));
  await new Promise((resolve) => attacker.once('data', resolve));
  attacker.end(`100000000:${Buffer.alloc(24).toString('base64')}:${Buffer.alloc(32).toString('base64')}`);
  await text(attacker).catch(() => undefined);
  expect(await run('oidc-add', '-a')).toMatchObject({ code: 0 });
});

it.each(['../outside', 'a/b', '..'])(
  'a short name is the name of a file: %s (written elsewhere)',
  async (name) => {
    const issuer = await startIssuer();
    await startAgent(sandbox);
    const { code } = await run(
      'oidc-gen',
      '--pw-env',
      '--prompt=none',
      '--confirm-yes',
      '--scope=openid',
      '-w',
      'device',
      '--iss',
      issuer.url,
      name,
    );
    expect(code).not.toBe(0);
    expect(issuer.requests).toEqual([]);
  },
);

it('an agent that has printed its address can be reached (it may not listen yet)', async () => {
  const { stdout, code } = await sandbox.run('/bin/sh', [
    '-c',
    'eval "$(oidc-agent -a $TMPDIR/s/s)" && oidc-add -a; oidc-agent -k',
  ]);
  expect({ stdout, code }).toMatchObject({ stdout: expect.stringContaining('killed'), code: 0 });
});

it('an agent takes the name of a socket without a folder (a crash)', async () => {
  const agent = await startAgent(sandbox, { args: ['-a', 'socket'] });
  expect(await run('oidc-add', '-a')).toMatchObject({ code: 0 });
  process.kill(agent.pid);
  await processEnd(agent.pid);
});

it('oidc-add -t counts without --pw-store (no effect)', async () => {
  await loaded();
  const { stderr } = await run('oidc-add', '-f', '-t', '300', '--pw-env', 'wlcg');
  expect(stderr).toContain('Lifetime set to 300 seconds');
});

it('a narrowed token tells its own end (that of another token)', async () => {
  await loaded({ expires_in: 60 });
  const { stdout, stderr } = await run('oidc-token', '-s', 'openid', '-e', 'wlcg');
  expect(stderr).toBe('');
  const seconds = Number(stdout) - Date.now() / 1000;
  expect(seconds).toBeLessThan(61);
  expect(seconds).toBeGreaterThan(0);
});

it('what issuer.config says stays there when an account is loaded (user_client and unknown members are lost)', async () => {
  const config = JSON.stringify([
    { issuer: 'https://a.example/', user_client: { client_id: 'mine' }, colour: 'red' },
  ]);
  writeFileSync(join(sandbox.accounts, 'issuer.config'), config);
  await loaded();
  const entries: unknown[] = JSON.parse(readFileSync(join(sandbox.accounts, 'issuer.config'), 'utf8'));
  expect(entries).toContainEqual(JSON.parse(config)[0]);
});

it('an issuer that does not list its scopes will do (a failure)', async () => {
  const issuer = await startIssuer({
    '/token': tokens('token'),
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify({ ...issuer.metadata, scopes_supported: undefined }));
    },
  });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  expect(await run('oidc-add', '--pw-env', 'wlcg')).toMatchObject({ code: 0 });
});

it('an account survives the refusal of a refresh (it may be destroyed)', async () => {
  const issuer = await startIssuer({
    '/token': [tokens('first'), refusal('temporarily_unavailable', 503), tokens('second')],
  });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  await run('oidc-add', '--pw-env', 'wlcg');
  expect((await run('oidc-token', '-f', 'wlcg')).code).not.toBe(0);
  expect(await run('oidc-token', '-f', 'wlcg')).toMatchObject({ stdout: 'second\n', code: 0 });
});

it('an account survives a refused refresh token without a new login (it is destroyed)', async () => {
  const dead = { status: 400, json: { error: 'invalid_grant', error_description: 'expired' } };
  const issuer = await startIssuer({
    '/token': [tokens('first'), dead, tokens('second')],
    '/devicecode': refusal('invalid_client', 401),
  });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  await run('oidc-add', '--pw-env', 'wlcg');
  expect((await run('oidc-token', '-f', 'wlcg')).code).toBe(77);
  expect((await run('oidc-add', '-a')).stdout).toContain('wlcg');
  expect(await run('oidc-token', '-f', 'wlcg')).toMatchObject({ stdout: 'second\n', code: 0 });
});

it('the web server of the code flow is on 127.0.0.1 (on every address of the computer)', async () => {
  const issuer = await startIssuer();
  await startAgent(sandbox);
  const options = ['-w', 'code', '--iss', issuer.url, '--scope=openid', '--no-url-call', '--confirm-yes'];
  const terminal = new Terminal(sandbox, 'oidc-gen', [...options, '--pw-env', 'wlcg'], withPassword);
  const [, url = ''] = await terminal.waitFor(/of your choice:\n(http\S+)/);
  const { port } = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
  const reached = async (host: string) => {
    const socket = connect(Number(port), host);
    return await once(socket, 'connect').then(
      () => socket.destroy() !== undefined,
      () => false,
    );
  };
  expect([await reached('127.0.0.1'), await reached('127.0.0.2')]).toEqual([true, false]);
});

it('the shortest command ends its agent (which may miss that, and stay)', async () => {
  expect(await run('oidc-agent', '--', 'true')).toMatchObject({ code: 0 });
  expect(agentsOf(sandbox)).toEqual([]);
});

const polled = ['-w', 'device', '--scope=openid', '--pw-env', '--prompt=none', '--confirm-yes'];

it('a device login fetches the metadata once (at each poll)', async () => {
  const pending = refusal('authorization_pending');
  const token = [pending, pending, tokens('token', { refresh_token: 'refresh token' })];
  const issuer = await startIssuer({ '/token': token });
  await startAgent(sandbox);
  expect(await run('oidc-gen', ...polled, '--no-save', '--iss', issuer.url, 'wlcg')).toMatchObject({
    code: 0,
  });
  const paths = issuer.requests.map(({ path }) => path);
  const polls = paths.slice(paths.indexOf('/devicecode') + 1, paths.lastIndexOf('/token'));
  expect(polls.filter((path) => path !== '/token')).toEqual([]);
});

const strace = '/usr/bin/strace';
const canTrace = spawnSync(strace, ['-qq', '-o', '/dev/null', 'true']).status === 0;

it.skipIf(!canTrace)(
  'a login makes no file where others have theirs (/tmp/oidc-qr; needs strace)',
  async () => {
    const issuer = await startIssuer({ '/token': tokens('token', { refresh_token: 'refresh token' }) });
    await startAgent(sandbox);
    const trace = join(sandbox.folder, 'trace');
    const tracer = ['-f', '-qq', '-e', 'trace=open,openat,creat,mkdir', '-o', trace];
    const args = [...tracer, programPath('oidc-gen'), ...polled, '--iss', issuer.url, 'wlcg'];
    expect(await run(strace, ...args)).toMatchObject({ code: 0 });
    const made = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((call) => /O_CREAT|creat\(|mkdir\(/.test(call) && !call.includes('"/dev/'));
    expect(made).not.toEqual([]);
    expect(made.filter((call) => !call.includes(`"${sandbox.folder}/`))).toEqual([]);
  },
);

it('the scopes of a refresh do not end in a space (they do)', async () => {
  const issuer = await startIssuer({ '/token': tokens('token') });
  await startAgent(sandbox);
  const auth_scope = 'openid profile offline_access';
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url, auth_scope });
  await run('oidc-add', '--pw-env', 'wlcg');
  expect(issuer.requests.at(-1)?.form.scope).toBe('openid profile');
});

it('an account that is named by its issuer is given after a yes only (without a question)', async () => {
  const bin = join(sandbox.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  writeFileSync(join(bin, 'zenity'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  Object.assign(sandbox.env, { PATH: `${bin}:${sandbox.env.PATH}`, DISPLAY: ':0' });
  const config = { 'oidc-agent': { 'pw-cmd': `echo '${PASSWORD}'` } };
  writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(config));
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  const issuers = [{ issuer: metadata.issuer, accounts: ['wlcg'] }];
  writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify(issuers));
  await startAgent(sandbox, { args: ['--confirm'] });
  const request = { request: 'access_token', issuer: metadata.issuer };
  await expect(exchange(request, { socketPath: sandbox.env.OIDC_SOCK })).rejects.toThrow('forbidden');
});
