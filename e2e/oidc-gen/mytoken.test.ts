/** Accounts of a mytoken server, and mytokens for other programs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { ISSUER, type MytokenServer, startMytokenServer } from '../support/servers/mytoken.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
let server: MytokenServer;
beforeEach(async () => {
  sandbox = new Sandbox();
  server = await startMytokenServer(sandbox);
});
afterEach(() => sandbox.close());

const quiet = ['--pw-env', '--prompt=none', `--iss=${ISSUER}`];
const gen = (...args: string[]) => sandbox.run('oidc-gen', [...quiet, ...args], withPassword);
const make = (...args: string[]) => gen(`--mytoken-url=${server.url}`, ...args);
const token = (...args: string[]) => sandbox.run('oidc-token', args);
const config = (sections: object) =>
  writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(sections));

/** The agent's questions are answered with `exit 0` for yes and `exit 1` for no, and written down. */
function answerQuestions(answer: 'exit 0' | 'exit 1'): () => string {
  const bin = join(sandbox.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${sandbox.folder}/question\n${answer}\n`;
  writeFileSync(join(bin, 'zenity'), script, { mode: 0o755 });
  Object.assign(sandbox.env, { DISPLAY: ':0', PATH: `${bin}:${sandbox.env.PATH}` });
  return () => readFileSync(join(sandbox.folder, 'question'), 'utf8');
}

describe('oidc-gen --mytoken-url', () => {
  it('shows where to consent, waits, and makes an account whose tokens come from the server', async () => {
    await startAgent(sandbox);
    server.user = 'hesitates, then consents';
    const made = await make('wlcg');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Everything setup correctly!') });
    expect(made.stderr).toContain(`${server.url}/c/`);
    expect(made.stderr).not.toContain('enter the code');
    expect(await readAccount(sandbox, 'wlcg')).toMatchObject({
      issuer_url: ISSUER,
      mytoken_url: server.url,
      client_id: 'mytoken',
      mytoken_profile: 'agent',
    });
    expect(server.requests).toMatchObject([{ include: 'agent', oidc_issuer: ISSUER, client_type: 'native' }]);
    expect(await token('wlcg')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^access-token-/) });
    expect((await token(ISSUER)).stdout).toBe((await token('wlcg')).stdout);
    expect((await token('-i', 'wlcg')).stdout).toBe(`${ISSUER}\n`);
  });

  it('shows the address as a QR code at a terminal, and asks for one of the issuers of the server', async () => {
    await startAgent(sandbox);
    const args = ['--pw-env', `--mytoken-url=${server.url}`, 'wlcg'];
    const terminal = new Terminal(sandbox, 'oidc-gen', args, withPassword);
    await terminal.waitFor(/\[1\] https:\/\/iam\.example\/\n/);
    await terminal.waitFor(/Issuer/);
    terminal.type('1');
    await terminal.waitFor(/visit:\n.*\/c\/\d+/);
    await terminal.waitFor(/[▀▄█]{10}/);
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
  });

  it('takes server and profile from the file config, and a profile from JSON', async () => {
    await startAgent(sandbox);
    config({
      'oidc-gen': {
        default_mytoken_server: server.url,
        default_mytoken_profile: 'mine',
        prefer_mytoken_over_oidc: true,
      },
    });
    for (const args of [['a'], ['--mytoken-url', 'b'], ['--mytoken={"capabilities":["AT"]}', 'c']]) {
      expect(await gen(...args)).toMatchObject({ code: 0 });
    }
    expect(server.requests).toMatchObject([
      { include: 'mine' },
      { include: 'mine' },
      { capabilities: ['AT'] },
    ]);
    expect((await readAccount(sandbox, 'c')).mytoken_profile).toEqual({ capabilities: ['AT'] });
  });

  it.each([
    ['an issuer that the server does not have', ['--iss=https://other.example/'], 1, /does not support/],
    ['a broken profile', ['--mytoken={"capabilities'], 64, /^Error: Could not parse mytoken profile\nhint: /],
    ['a token instead of an account', ['--only-at'], 64, /cannot be combined with a mytoken server/],
  ])('%s is an error, and the server is not asked for anything', async (_, args, code, message) => {
    await startAgent(sandbox);
    const outcome = await make(...args, 'wlcg');
    expect(outcome).toMatchObject({ code, stderr: expect.stringMatching(message) });
    expect(server.requests).toEqual([]);
  });

  it('-f with an account of a mytoken server says how to make one instead', async () => {
    await startAgent(sandbox);
    const file = join(sandbox.folder, 'file.json');
    const account = { name: 'a', issuer_url: ISSUER, mytoken_url: server.url, client_id: 'mytoken' };
    writeFileSync(file, JSON.stringify(account));
    expect(await gen('-f', file, 'wlcg')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`hint: create a new one: oidc-gen --mytoken-url=${server.url} `),
    });
  });

  it('a user who declines', async () => {
    await startAgent(sandbox);
    server.user = 'declines';
    expect(await make('wlcg')).toMatchObject({ code: 77, stderr: expect.stringContaining('access_denied') });
  });

  it('a mytoken that ends in no account is revoked', async () => {
    await startAgent(sandbox);
    const outcome = await make(
      `--pw-cmd=mkdir '${sandbox.accounts}/wlcg' && echo pw`,
      '--pw-env=NONE',
      'wlcg',
    );
    expect(outcome.code).not.toBe(0);
    expect(server.requests).toHaveLength(1);
    expect([...server.mytokens]).toEqual([]);
  });

  it('--rt-env takes an existing mytoken', async () => {
    await startAgent(sandbox);
    await make('first');
    const OIDC_REFRESH_TOKEN = (await readAccount(sandbox, 'first')).refresh_token?.reveal() ?? '';
    const env = { ...withPassword.env, OIDC_REFRESH_TOKEN };
    const args = [...quiet, `--mytoken-url=${server.url}`, '--rt-env', 'second'];
    expect(await sandbox.run('oidc-gen', args, { env })).toMatchObject({ code: 0 });
    expect(server.requests).toHaveLength(1);
    expect((await token('second')).code).toBe(0);
  });

  it('--reauthenticate gets another mytoken of the same profile, -d revokes it', async () => {
    await startAgent(sandbox);
    await make('--mytoken=mine', 'wlcg');
    const [first] = server.mytokens;
    const again = ['--reauthenticate', '--pw-env', '--prompt=none', 'wlcg'];
    expect(await sandbox.run('oidc-gen', again, withPassword)).toMatchObject({ code: 0 });
    expect(server.requests).toMatchObject([{ include: 'mine' }, { include: 'mine' }]);
    const { refresh_token } = await readAccount(sandbox, 'wlcg');
    expect(refresh_token?.reveal()).not.toBe(first);
    const args = ['-d', '--pw-env', '--confirm-yes', 'wlcg'];
    expect(await sandbox.run('oidc-gen', args, withPassword)).toMatchObject({ code: 0 });
    expect([...server.mytokens]).toEqual([first]);
  });
});

it('a mytoken that the server replaces is on disk before its token is given', async () => {
  await startAgent(sandbox);
  await make('wlcg');
  server.rotates = true;
  for (let use = 0; use < 3; use += 1) {
    expect((await token('-f', 'wlcg')).code).toBe(0);
    const { refresh_token } = await readAccount(sandbox, 'wlcg');
    expect([...server.mytokens]).toEqual([refresh_token?.reveal()]);
  }
});

describe('an account that oidc-agent 5.3.3 has made, which has no client', () => {
  /** The members in the order of that release, with what it writes where there is nothing. */
  const recorded = () => ({
    name: 'old',
    client_name: 'oidc-agent:old-host',
    issuer_url: ISSUER,
    mytoken_url: server.url,
    config_endpoint: '',
    device_authorization_endpoint: '',
    daeSetByUser: 0,
    client_id: '',
    client_secret: '',
    refresh_token: [...server.mytokens][0] ?? '',
    cert_path: '',
    auth_scope: '',
    refresh_scope: '',
    audience: '',
    oauth: 0,
    uses_pub_client: 0,
    mytoken_profile: { capabilities: ['AT'] },
    username: '',
    password: '',
  });

  beforeEach(async () => {
    await startAgent(sandbox);
    await make('first');
    const text = JSON.stringify(recorded());
    writeFileSync(join(sandbox.accounts, 'old'), text);
    const update = await sandbox.run('oidc-gen', ['-u', 'old', '--pw-env'], withPassword);
    expect(update).toMatchObject({ code: 0 });
  });

  it('is loaded and gives tokens, also when its mytoken is replaced, and is deleted', async () => {
    server.rotates = true;
    const load = ['--pw-env', 'old'];
    expect(await sandbox.run('oidc-add', load, withPassword)).toMatchObject({ code: 0, stdout: 'success\n' });
    expect(await token('-f', 'old')).toMatchObject({ code: 0, stderr: '' });
    const { client_id, refresh_token } = await readAccount(sandbox, 'old');
    expect({ client_id, tokens: [...server.mytokens] }).toEqual({
      client_id: '',
      tokens: [refresh_token?.reveal()],
    });
    const end = ['-d', '--pw-env', '--confirm-yes', 'old'];
    expect(await sandbox.run('oidc-gen', end, withPassword)).toMatchObject({ code: 0 });
    expect([...server.mytokens]).toEqual([]);
  });

  it('gets another mytoken with --reauthenticate', async () => {
    const again = ['--reauthenticate', '--pw-env', '--prompt=none', 'old'];
    expect(await sandbox.run('oidc-gen', again, withPassword)).toMatchObject({ code: 0 });
    expect(server.requests.at(-1)).toMatchObject({ capabilities: ['AT'] });
    expect((await token('old')).code).toBe(0);
  });

  it('is made by the requests of its oidc-gen', async () => {
    const { OIDC_SOCK: socketPath } = sandbox.env;
    const ask = (request: Parameters<typeof exchange>[0]) => exchange(request, { socketPath });
    const { refresh_token, mytoken_profile, ...asked } = recorded();
    const config = { ...asked, name: 'new', refresh_token: '', mytoken_profile: '' };
    const begun = await ask({ request: 'gen', config, flow: ['mt_oidc'] });
    expect(begun).toMatchObject({ status: 'accepted' });
    const { oidc_device } = begun;
    const made = await ask({ request: 'device', oidc_device });
    expect(made).toMatchObject({ status: 'success', config: { client_id: '', mytoken_url: server.url } });
    expect((await ask({ request: 'access_token', account: 'new' })).status).toBe('success');
  });

  it('-f says how to make one instead, and asks for no client id', async () => {
    const file = join(sandbox.folder, 'file.json');
    writeFileSync(file, JSON.stringify(recorded()));
    expect((await gen('-f', file, 'other')).stderr).toContain(
      `hint: create a new one: oidc-gen --mytoken-url=`,
    );
  });
});

describe('oidc-token --mytoken', () => {
  it('prints a mytoken of the usual profile, after the user has agreed to what it may do', async () => {
    const question = answerQuestions('exit 0');
    await startAgent(sandbox);
    await make('wlcg');
    const { refresh_token } = await readAccount(sandbox, 'wlcg');
    const given = await token('-m', '--name=backup', 'wlcg');
    expect(given).toMatchObject({ code: 0, stderr: '' });
    expect([...server.mytokens]).toEqual([refresh_token?.reveal(), given.stdout.trim()]);
    expect(server.requests.at(-1)).toMatchObject({
      include: 'web-default',
      name: 'mytoken requested by backup',
      mytoken: refresh_token?.reveal(),
    });
    expect(question()).toMatch(/'backup' asks for a mytoken of the account 'wlcg'/);
    expect(question()).toContain('profile: web-default');
  });

  it('takes the profile from the option, as a name or JSON, or from the file config', async () => {
    const question = answerQuestions('exit 0');
    await startAgent(sandbox);
    await make('wlcg');
    const json = '{"response_type":"transfer_code","capabilities":["AT"]}';
    expect(await token(`--MT=${json}`, 'wlcg')).toMatchObject({ code: 0, stdout: 'TC\n' });
    expect(question()).toContain('capabilities: ["AT"]');
    config({ 'oidc-token': { default_mytoken_profile: 'mine' } });
    await token('-m', 'wlcg');
    await token('-mother', 'wlcg');
    expect(server.requests.slice(1)).toMatchObject([
      JSON.parse(json),
      { include: 'mine' },
      { include: 'other' },
    ]);
  });

  it('is refused when the user says no, and the server is not asked', async () => {
    answerQuestions('exit 1');
    await startAgent(sandbox);
    await make('wlcg');
    expect(await token('-m', 'wlcg')).toMatchObject({
      code: 77,
      stdout: '',
      stderr: expect.stringMatching(/^Error: operation forbidden\n/),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('saves the mytoken that the server puts in the place of the one that was used', async () => {
    answerQuestions('exit 0');
    await startAgent(sandbox);
    await make('wlcg');
    server.rotates = true;
    const given = await token('-m', 'wlcg');
    const { refresh_token } = await readAccount(sandbox, 'wlcg');
    expect([...server.mytokens]).toEqual([given.stdout.trim(), refresh_token?.reveal()]);
  });

  it('needs the short name of an account', async () => {
    await startAgent(sandbox);
    expect(await token('-m', ISSUER)).toEqual({
      code: 1,
      signal: undefined,
      stdout: '',
      stderr: 'Error: Mytokens can only be obtained by account shortname, not by issuer url.\n',
    });
  });
});

describe('the requests', () => {
  it('mytoken answers what the server does, but for what is only for the agent', async () => {
    answerQuestions('exit 0');
    const { socket: socketPath } = await startAgent(sandbox);
    await make('wlcg');
    server.rotates = true;
    const request = { request: 'mytoken', account: 'wlcg', mytoken_profile: { capabilities: ['AT'] } };
    expect(await exchange(request, { socketPath })).toEqual({
      status: 'success',
      mytoken: expect.stringMatching(/^mytoken-/),
      mytoken_type: 'token',
      expires_at: expect.closeTo(Date.now() / 1000 + 600, -2),
      oidc_issuer: ISSUER,
      mytoken_issuer: server.url,
    });
  });

  it('gen and device log in at the server, for clients that leave it to the agent, and delete revokes', async () => {
    const { socket: socketPath } = await startAgent(sandbox);
    const config = {
      name: 'wlcg',
      issuer_url: ISSUER,
      mytoken_url: server.url,
      client_id: 'mytoken',
      client_secret: 'mytoken',
      mytoken_profile: 'mine',
    };
    server.user = 'hesitates, then consents';
    server.rotates = true;
    const begun = await exchange({ request: 'gen', config, flow: ['mt_oidc'] }, { socketPath });
    expect(begun).toMatchObject({
      status: 'accepted',
      oidc_device: { user_code: '', verification_uri: expect.stringContaining(`${server.url}/c/`) },
    });
    expect(server.requests).toMatchObject([{ include: 'mine' }]);
    const device = { request: 'device', oidc_device: begun.oidc_device };
    await expect(exchange(device, { socketPath })).rejects.toThrow('authorization_pending');
    const finished = await exchange(device, { socketPath });
    const [mytoken] = server.mytokens;
    expect(finished).toMatchObject({ status: 'success', config: { ...config, refresh_token: mytoken } });
    expect((await token('wlcg')).code).toBe(0);
    const again = await exchange({ request: 'reauthenticate', account: 'wlcg' }, { socketPath });
    expect(again.status).toBe('accepted');
    const [newest] = server.mytokens;
    const last = { ...config, refresh_token: newest };
    expect(await exchange({ request: 'delete', config: last }, { socketPath })).toEqual({
      status: 'success',
    });
    expect([...server.mytokens]).toEqual([]);
  });

  it('mytoken_supported_providers lists the issuers of a server', async () => {
    const { socket: socketPath } = await startAgent(sandbox);
    const request = { request: 'mytoken_supported_providers', issuer: server.url };
    expect(await exchange(request, { socketPath })).toEqual({
      status: 'success',
      info: [{ issuer: ISSUER, scopes_supported: ['openid', 'storage.read:/'] }],
    });
  });

  it('wrong ones are errors, and the server is not asked', async () => {
    const { socket: socketPath } = await startAgent(sandbox);
    await make('wlcg');
    const wrong: [object, string | RegExp][] = [
      [{ account: 'wlcg', mytoken_profile: 7 }, 'Bad Request: mytoken_profile is malformed'],
      [{ account: 'wlcg', mytoken_profile: { a: 'x'.repeat(5000) } }, /too long to show/],
      [{}, 'Bad Request: account is missing'],
      [{ account: 'nobody' }, 'No account configured with that short name'],
    ];
    for (const [members, message] of wrong) {
      await expect(exchange({ request: 'mytoken', ...members }, { socketPath })).rejects.toThrow(message);
    }
    expect(server.requests).toHaveLength(1);
  });

  it('an account that is not one of a mytoken server has no mytokens', async () => {
    const { socket: socketPath } = await startAgent(sandbox);
    const config = { name: 'plain', issuer_url: ISSUER, client_id: 'c', refresh_token: 'r' };
    await exchange({ request: 'add', config, plain_add: 1 }, { socketPath });
    const request = { request: 'mytoken', account: 'plain' };
    await expect(exchange(request, { socketPath })).rejects.toThrow('Not a valid mytoken configuration');
  });
});
