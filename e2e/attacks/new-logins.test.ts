import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { type ScriptedIssuer, startOAuthIssuer } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let issuer: ScriptedIssuer;
let agent: RunningAgent;
/** The newest refresh token of the newest login. */
let newest: string;
/** The refresh tokens that the agent has used. */
const used = () => issuer.requests.map(({ form }) => form.refresh_token).filter(Boolean);

/** Whether the token endpoint answers no more. */
let isSilent: boolean;

beforeEach(async () => {
  isSilent = false;
  sandbox = new Sandbox();
  let answers = 0;
  issuer = await startOAuthIssuer({
    '/token': ({ form }, response) => {
      if (isSilent) return;
      answers += 1;
      newest = `${form.grant_type === 'refresh_token' ? 'refresh' : 'login'} ${answers}`;
      const answer = { access_token: `token-${answers}`, expires_in: 3600, refresh_token: newest };
      response.end(JSON.stringify(answer));
    },
  });
  agent = await startAgent(sandbox);
  await write('before');
});
afterEach(() => sandbox.close());

const file = () => join(sandbox.accounts, 'wlcg');
const ask = (request: { request: string } & Record<string, unknown>) =>
  exchange(request, { socketPath: sandbox.env.OIDC_SOCK }).catch((error) => error);
const load = () => sandbox.run('oidc-add', ['--skip-check', '--pw-env', 'wlcg'], withPassword);
const rotate = () => sandbox.run('oidc-token', ['-f', 'wlcg']);
const onDisk = async () => (await readAccount(sandbox, 'wlcg')).refresh_token?.reveal();
const write = (refresh_token: string) =>
  writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer, refresh_token });
const begin = () => ask({ request: 'reauthenticate', account: 'wlcg' });
const approve = { request: 'device', oidc_device: { device_code: 'device code' } };

describe('a new login', () => {
  it('takes the place of what another agent has put on disk since it had begun', async () => {
    await load();
    expect(await begin()).toMatchObject({ status: 'accepted' });
    const other = await startAgent(sandbox);
    await load();
    await rotate();
    await endProcess(other.pid);
    sandbox.env.OIDC_SOCK = agent.socket;
    expect(await ask(approve)).toMatchObject({ config: { refresh_token: 'login 2' } });
    expect(await onDisk()).toBe('login 2');
    await rotate();
    expect([used(), await onDisk()]).toEqual([['before', 'login 2'], newest]);
  });

  it('is on disk although the account was unloaded since it had begun', async () => {
    await load();
    await begin();
    await ask({ request: 'remove', account: 'wlcg' });
    await ask(approve);
    expect(await onDisk()).toBe('login 1');
  });

  describe('that a client asks for with gen, as oidc-gen of the C suite does, and has not written yet', () => {
    const gen = async (members: object = {}) => {
      const { client_id, issuer_url } = await readAccount(sandbox, 'wlcg');
      const config = { name: 'wlcg', client_id, issuer_url };
      expect(await ask({ request: 'gen', config, flow: ['device'], ...members })).toMatchObject({
        status: 'accepted',
      });
      expect(await ask(approve)).toMatchObject({ config: { refresh_token: newest } });
      return newest;
    };

    it('is not replaced by what another agent gets with the former login, which goes on with the new one', async () => {
      await load();
      const other = await startAgent(sandbox);
      await load();
      sandbox.env.OIDC_SOCK = agent.socket;
      const login = await gen();
      sandbox.env.OIDC_SOCK = other.socket;
      await rotate();
      expect(used()).toEqual(['before']);
      sandbox.env.OIDC_SOCK = agent.socket;
      await rotate();
      expect(used()).toEqual(['before', login]);
      const before = newest;
      sandbox.env.OIDC_SOCK = other.socket;
      await rotate();
      expect([used(), await onDisk()]).toEqual([['before', login, before], newest]);
    });

    it('is on disk after the next token although the client has ended, and no other program has its refresh token', async () => {
      await load();
      const login = await gen();
      expect(await onDisk()).toBe('before');
      expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stderr: '', code: 0 });
      expect([used(), await onDisk()]).toEqual([[login], newest]);
    });

    it('is written late, with a refresh token that is spent by then: the agent does not wait for the next token to mend that', async () => {
      await load();
      const login = await gen({ pw_entry: { type: 1, password: PASSWORD } });
      await rotate();
      await write(login);
      await vi.waitFor(async () => expect(await onDisk()).toBe(newest), { timeout: 30_000 });
      await endProcess(agent.pid, 'SIGKILL');
      expect([used(), await onDisk()]).toEqual([[login], newest]);
    });

    it('is on disk when the agent has ended', async () => {
      await load();
      const login = await gen();
      await endProcess(agent.pid);
      expect(await onDisk()).toBe(login);
    });
  });

  it('is given as it is now to the client that has begun it: a program may have used it before', async () => {
    const { state, comeBack } = await beginCode();
    expect((await comeBack()).status).toBe(200);
    await sandbox.run('oidc-token', ['-f', 'new']);
    expect(await ask({ request: 'state_lookup', state })).toMatchObject({
      config: { refresh_token: 'refresh 2' },
    });
  });

  it('does not come into the open memory of a locked agent: the user unlocks it and loads the page again', async () => {
    const { comeBack } = await beginCode();
    await ask({ request: 'lock', password: 'sesame' });
    const page = await comeBack();
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('load this page again')]);
    expect(issuer.requests.filter(({ path }) => path === '/token')).toEqual([]);
    await ask({ request: 'unlock', password: 'sesame' });
    expect((await comeBack()).status).toBe(200);
    expect((await ask({ request: 'loaded_accounts' })).info).toEqual(['new']);
  });

  it('makes all refresh tokens of the former one old: a backup of the days between brings none back', async () => {
    await load();
    await begin();
    await rotate();
    copyFileSync(file(), join(sandbox.home, 'backup'));
    await ask(approve);
    expect(await onDisk()).toBe('login 2');
    copyFileSync(join(sandbox.home, 'backup'), file());
    await rotate();
    expect([used(), await onDisk()]).toEqual([['before', 'login 2'], newest]);
  });
});

it('an agent ends on SIGTERM while an issuer answers neither the poll of a device nor with the tokens for a code', async () => {
  const { comeBack } = await beginCode();
  const config = { name: 'another', issuer_url: issuer.metadata.issuer, client_id: 'client' };
  await ask({ request: 'gen', config, flow: ['device'] });
  isSilent = true;
  const polls = [ask(approve), comeBack().catch(() => undefined)];
  await until(() => issuer.requests.filter(({ path }) => path === '/token').length === 2);
  const begin = performance.now();
  await endProcess(agent.pid);
  // It takes 5 s; a poll has 30 s.
  expect(performance.now() - begin).toBeLessThan(15_000);
  await Promise.all(polls);
});

it('an agent that ends leaves the newest refresh token in a file that came back from a backup a moment before', async () => {
  await load();
  copyFileSync(file(), join(sandbox.home, 'backup'));
  await rotate();
  copyFileSync(join(sandbox.home, 'backup'), file());
  await endProcess(agent.pid);
  expect(await onDisk()).toBe(newest);
});

/** Begins a login of the account 'new'; `comeBack` is what the browser does after it. */
async function beginCode() {
  const redirect_uris = [`http://127.0.0.1:${await freePort()}/`];
  const { issuer: issuer_url } = issuer.metadata;
  const config = { name: 'new', issuer_url, client_id: 'client', redirect_uris };
  const { state, uri } = await ask({ request: 'gen', config, flow: ['code'] });
  const redirectUri = new URL(uri).searchParams.get('redirect_uri');
  const comeBack = () => fetch(`${redirectUri}?code=123&state=${encodeURIComponent(state)}`);
  return { state, comeBack };
}
