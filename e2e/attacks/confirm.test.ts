/** Accounts and agents with `--confirm`: no program gets a secret of a held account by a way around the question. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange, type Request } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type ScriptedIssuer, startOAuthIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';
import { startOnDesktop } from '../support/user/desktop.ts';

let sandbox: Sandbox;
let issuer: ScriptedIssuer;
beforeEach(async () => {
  sandbox = new Sandbox();
  const answers = [1, 2, 3, 4, 5].map((number) =>
    tokens(`access-${number}`, { refresh_token: `refresh-${number}`, scope: 'openid offline_access' }),
  );
  issuer = await startOAuthIssuer({ '/token': answers });
  await writeAccount(sandbox, {
    name: 'wlcg',
    issuer_url: issuer.metadata.issuer,
    client_secret: 'the client secret',
  });
});
afterEach(() => sandbox.close());

const [yes, no] = ['exit 0', 'exit 1'];
const load = (...args: string[]) =>
  sandbox.run('oidc-add', ['--skip-check', '--pw-env', ...args, 'wlcg'], withPassword);
const ask = (request: Request) => exchange(request, { socketPath: sandbox.env.OIDC_SOCK });
const attempt = (request: Request) => ask(request).catch(({ message }: Error) => message.split('\n', 1)[0]);
const tokenRequests = () => issuer.requests.filter(({ path }) => path === '/token').length;
const questions = (asked: string) => asked.split('--question').length - 1;

const forbidden = 'operation forbidden';
const approve = { request: 'device', oidc_device: { device_code: 'device code' } };
const config = () => ({
  name: 'wlcg',
  issuer_url: issuer.metadata.issuer,
  client_id: 'of the attacker',
  redirect_uris: ['http://localhost:4242'],
});

/** Whether a program gets a token without a question. */
const isAsked = async () => (await sandbox.run('oidc-token', ['wlcg'])).stderr.includes(forbidden);

describe('an account that was loaded with --confirm', () => {
  it('is not logged in anew without a yes, nor given away after that without another', async () => {
    const { asked, answer } = await startOnDesktop(sandbox, no);
    await load('-c');
    expect(await attempt({ request: 'reauthenticate', account: 'wlcg' })).toBe(forbidden);
    expect(issuer.requests.filter(({ path }) => path === '/devicecode')).toEqual([]);
    answer(yes);
    expect(await ask({ request: 'reauthenticate', account: 'wlcg' })).toMatchObject({ status: 'accepted' });
    answer(no);
    expect(await attempt(approve)).toBe(forbidden);
    // A no loses nothing: the agent has the login, and it is on disk.
    expect((await readAccount(sandbox, 'wlcg')).refresh_token?.reveal()).toBe('refresh-1');
    answer(yes);
    const { config } = await ask(approve);
    expect(config).toMatchObject({ refresh_token: 'refresh-1', client_secret: 'the client secret' });
    expect(await attempt(approve)).toBe('wrong device code');
    expect([tokenRequests(), questions(asked())]).toEqual([1, 4]);
  });

  it('is not replaced by another login without a yes', async () => {
    await startOnDesktop(sandbox, no);
    await load('-c');
    expect(await attempt({ request: 'gen', config: config(), flow: ['device'] })).toBe(forbidden);
    const refresh = { ...config(), refresh_token: 'of the attacker' };
    expect(await attempt({ request: 'gen', config: refresh, flow: ['refresh'] })).toBe(forbidden);
    expect(tokenRequests()).toBe(0);
  });

  it('is not replaced by a login that had begun before it was loaded', async () => {
    await startOnDesktop(sandbox, no);
    expect(await ask({ request: 'gen', config: config(), flow: ['device'] })).toMatchObject({
      status: 'accepted',
    });
    await load('-c');
    expect(await attempt(approve)).toBe(forbidden);
    expect(await attempt({ ...approve, only_at: 1 })).toBe(forbidden);
    expect((await readAccount(sandbox, 'wlcg')).client_id).toBe('client');
  });

  it('is still asked for after new logins by the agent and by oidc-gen, and after an agent lock', async () => {
    const { answer } = await startOnDesktop(sandbox, yes);
    await load('-c');
    await ask({ request: 'reauthenticate', account: 'wlcg' });
    await ask(approve);
    answer(no);
    expect(await isAsked()).toBe(true);
    const args = ['--reauthenticate', '-w', 'device', '--pw-env', '--prompt=none', 'wlcg'];
    expect(await sandbox.run('oidc-gen', args, withPassword)).toMatchObject({ code: 0 });
    expect(await isAsked()).toBe(true);
    await ask({ request: 'lock', password: 'sesame' });
    await ask({ request: 'unlock', password: 'sesame' });
    expect(await isAsked()).toBe(true);
  });

  it('is still asked for when a program unloads it, so that the agent loads it again by itself', async () => {
    const config = { 'oidc-agent': { 'pw-cmd': `echo '${PASSWORD}'` } };
    writeFileSync(join(sandbox.accounts, 'config'), JSON.stringify(config));
    await startOnDesktop(sandbox, no);
    await load('-c');
    await ask({ request: 'remove', account: 'wlcg' });
    expect(await isAsked()).toBe(true);
  });

  it('keeps its lifetime and its ID tokens, too', async () => {
    await startAgent(sandbox);
    await load('-t', '600', '--always-allow-idtoken');
    const args = ['--reauthenticate', '-w', 'device', '--pw-env', '--prompt=none', 'wlcg'];
    expect(await sandbox.run('oidc-gen', args, withPassword)).toMatchObject({ code: 0 });
    const { accounts } = JSON.parse((await sandbox.run('oidc-agent', ['--status', '--json'])).stdout);
    const { loaded_at, unloaded_at } = accounts[0];
    // The login takes its time of them, more so on a busy machine.
    expect(unloaded_at - loaded_at).toBeGreaterThan(300);
    expect(unloaded_at - loaded_at).toBeLessThanOrEqual(601);
    // This issuer gives none, so the error shows that the request has reached it.
    expect(await attempt({ request: 'id_token', account: 'wlcg' })).toBe('The issuer gave no ID token');
  });
});

it('a question that is open when the agent is locked is taken back, whatever is answered then', async () => {
  const answered = join(sandbox.folder, 'answered');
  const { asked } = await startOnDesktop(sandbox, `while [ ! -e ${answered} ]; do /bin/sleep 0.05; done`);
  await load('-c');
  const waiting = [{ request: 'access_token' }, { request: 'reauthenticate' }].map((request) =>
    attempt({ ...request, account: 'wlcg' }),
  );
  await until(() => questions(asked()) > 0);
  await ask({ request: 'lock', password: 'sesame' });
  writeFileSync(answered, '');
  expect(await Promise.all(waiting)).toEqual(['Agent locked', 'Agent locked']);
  await ask({ request: 'unlock', password: 'sesame' });
  expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'access-1\n' });
});

describe('an agent with --confirm', () => {
  it('asks once for a new account, when a program gets it', async () => {
    const { asked, answer } = await startOnDesktop(sandbox, no, ['--confirm']);
    await ask({ request: 'gen', config: config(), flow: ['device'] });
    expect(questions(asked())).toBe(0);
    expect(await attempt(approve)).toBe(forbidden);
    expect((await ask({ request: 'loaded_accounts' })).info).toEqual(['wlcg']);
    answer(yes);
    expect((await ask(approve)).config).toMatchObject({ refresh_token: 'refresh-1' });
    expect(questions(asked())).toBe(2);
  });

  it.each(['code_exchange', 'state_lookup'])(
    'asks before %s gives what a browser has brought',
    async (request) => {
      const { asked, answer } = await startOnDesktop(sandbox, no, ['--confirm']);
      // The issuer speaks OAuth alone: it gives no ID token, which is required elsewhere.
      const wanted = { ...config(), oauth: 1 };
      const begun = await ask({ request: 'gen', config: wanted, flow: ['code'], no_webserver: 1 });
      const redirect_uri = `http://localhost:4242/?state=${begun.state}&code=c`;
      expect(await attempt({ request: 'code_exchange', redirect_uri })).toBe(forbidden);
      const again = { request, redirect_uri, state: begun.state };
      expect(await attempt(again)).toBe(forbidden);
      answer(yes);
      expect((await ask(again)).config).toMatchObject({ refresh_token: 'refresh-1' });
      expect(await ask({ ...again, request: 'state_lookup' })).toMatchObject({ status: 'FoundButReceived' });
      expect([tokenRequests(), questions(asked())]).toEqual([1, 3]);
    },
  );
});

describe('add for an account that is loaded', () => {
  it('has the user be asked from then on, and says so', async () => {
    await startOnDesktop(sandbox, no);
    await load();
    expect(await isAsked()).toBe(false);
    expect(await load('--force', '-c')).toMatchObject({
      stderr: 'account already loaded. The agent asks before a program gets a token of it.\n',
    });
    expect(await isAsked()).toBe(true);
    // It is not taken back.
    await load('--force');
    expect(await isAsked()).toBe(true);
  });

  it('without --force takes -c and --always-allow-idtoken, but once', async () => {
    await startOnDesktop(sandbox, no);
    await load();
    const both = ['-c', '--always-allow-idtoken'];
    expect(await load(...both)).toMatchObject({
      stdout: 'success\n',
      stderr:
        'account already loaded. The agent asks before a program gets a token of it. The agent gives its ID tokens without asking.\n',
    });
    expect(await isAsked()).toBe(true);
    expect(await attempt({ request: 'id_token', account: 'wlcg' })).toBe('The issuer gave no ID token');
    const { stdout: status } = await sandbox.run('oidc-agent', ['--status']);
    expect(status).toContain(
      '\n  asks before a program gets a token\n  gives its ID tokens without asking\n',
    );
    // A shell that loads it in its profile asks for no password again.
    const unattended = ['--pw-prompt=none', '--skip-check', ...both, 'wlcg'];
    expect(await sandbox.run('oidc-add', unattended)).toMatchObject({
      stdout: "Account 'wlcg' already loaded\n",
      stderr: '',
      code: 0,
    });
  });

  it('gives ID tokens without asking only to programs that have the account', async () => {
    await startAgent(sandbox);
    await load();
    const add = {
      request: 'add',
      always_allow_id_token: 1,
      config: { ...config(), refresh_token: 'guessed' },
    };
    expect((await ask(add)).info).toMatch(/^account already loaded\. The agent gives ID tokens as before/);
    expect(await attempt({ request: 'id_token', account: 'wlcg' })).toBe(forbidden);
    const { stderr } = await load('--force', '--always-allow-idtoken');
    expect(stderr).toBe('account already loaded. The agent gives its ID tokens without asking.\n');
    expect(await attempt({ request: 'id_token', account: 'wlcg' })).toBe('The issuer gave no ID token');
  });
});
