/** Hostile, wrong and unlucky requests: the agent replaces its key or password of an account's file only by one that works. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToJson } from '../../packages/agent/src/accounts/account.ts';
import { FileKey } from '../../packages/agent/src/accounts/format/crypt.ts';
import { Secret } from '../../packages/agent/src/secret.ts';
import { readAccount, writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type ScriptedIssuer, startIssuer } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
let issuer: ScriptedIssuer;
/** The refresh tokens that the issuer accepts, each once; any other ends the login (RFC 9700 section 4.14.2). */
let newest: string;
let isEnded: boolean;
/** The refresh tokens that the agent had revoked. */
const revoked = () => issuer.requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.token);

beforeEach(async () => {
  sandbox = new Sandbox();
  let rotations = 0;
  newest = 'first refresh token';
  isEnded = false;
  issuer = await startIssuer({
    '/token': ({ form }, response) => {
      isEnded ||= form.refresh_token !== newest;
      if (isEnded) return void response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant' }));
      rotations += 1;
      newest = `refresh token ${rotations}`;
      const answer = { access_token: `token-${rotations}`, expires_in: 3600, refresh_token: newest };
      response.end(JSON.stringify(answer));
    },
    '/revoke': { status: 200 },
  });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.metadata.issuer });
  await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const file = (name = 'wlcg') => join(sandbox.accounts, name);
const ask = (request: { request: string } & Record<string, unknown>) =>
  exchange(request, { socketPath: sandbox.env.OIDC_SOCK }).catch((error) => error);
const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args], withPassword);
const rotate = (name = 'wlcg') => sandbox.run('oidc-token', ['-f', name]);
const onDisk = async (name = 'wlcg') => (await readAccount(sandbox, name)).refresh_token?.reveal();
const config = async (name = 'wlcg') => accountToJson(await readAccount(sandbox, name));
const keyFor = async (password: string) => (await FileKey.derive(new Secret(password))).toText();
const keyThatFits = async () => {
  const salt = Buffer.from(readFileSync(file(), 'utf8').split('\n')[2] ?? '', 'base64');
  return (await FileKey.derive(new Secret(PASSWORD), salt)).toText();
};
/** A rotation went well in every respect. */
async function expectSaved() {
  expect(await rotate()).toMatchObject({ stderr: '', code: 0 });
  expect(await onDisk()).toBe(newest);
}
const notOnDisk = /^warning: the new refresh token of 'wlcg' is not on disk yet: /;

describe('a key or a password that does not open the file', () => {
  const wrong = { message: 'wrong password', info: expect.stringContaining('nothing was changed') };

  it.each([
    ['a key', async () => ({ file_key: await keyFor('wrong') })],
    [
      'a key with the salt of the file',
      async () => ({ file_key: { ...(await keyThatFits()), key: (await keyFor('wrong')).key } }),
    ],
    ['a password', async () => ({ pw_entry: { type: 1, password: 'wrong' } })],
    ['a command', async () => ({ pw_entry: { type: 4, command: 'echo wrong' } })],
  ])('is refused for an account that is held, which goes on with what it has: %s', async (_name, given) => {
    await load('wlcg');
    const before = readFileSync(file(), 'utf8');
    expect(await ask({ request: 'add', config: await config(), ...(await given()) })).toMatchObject(wrong);
    expect(readFileSync(file(), 'utf8')).toBe(before);
    await expectSaved();
  });

  it('is refused for a new account, which is not loaded', async () => {
    const request = { request: 'add', config: await config(), file_key: await keyFor('wrong') };
    expect(await ask(request)).toMatchObject(wrong);
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stdout: '' });
    expect(newest).toBe('first refresh token');
  });

  it('is no reason to forget one that does: a second client that gives none changes nothing', async () => {
    await load('wlcg');
    expect(await ask({ request: 'add', config: await config() })).toMatchObject({ status: 'success' });
    await expectSaved();
  });

  it('of a password that has changed is taken as soon as it opens the file', async () => {
    await load('wlcg');
    const members = { ...(await readAccount(sandbox, 'wlcg')) };
    await writeAccount(sandbox, {
      name: 'wlcg',
      issuer_url: members.issuer_url,
      refresh_token: newest,
    });
    expect(
      await ask({ request: 'add', config: await config(), file_key: await keyThatFits() }),
    ).toMatchObject({
      status: 'success',
    });
    await expectSaved();
  });
});

describe('the file of an account that is loaded', () => {
  beforeEach(async () => {
    await load('wlcg');
    await expectSaved();
  });

  it.each([
    ['deleted', () => rmSync(file())],
    ['renamed', () => renameSync(file(), file('other'))],
  ])('that was %s is there again with the next refresh token, encrypted as before', async (_name, change) => {
    change();
    await expectSaved();
  });

  it('that was deleted, and comes back from a backup, does not bring its old refresh token', async () => {
    copyFileSync(file(), join(sandbox.home, 'backup'));
    await expectSaved();
    rmSync(file());
    await expectSaved();
    copyFileSync(join(sandbox.home, 'backup'), file());
    await expectSaved();
    expect(isEnded).toBe(false);
  });

  it('that comes back from a backup does not fool an agent that was started since, either', async () => {
    copyFileSync(file(), join(sandbox.home, 'backup'));
    await expectSaved();
    await startAgent(sandbox);
    await load('wlcg');
    copyFileSync(join(sandbox.home, 'backup'), file());
    await expectSaved();
    expect(isEnded).toBe(false);
  });

  it('whose folder was exchanged is not written elsewhere: each program gets a warning, until the folder is back', async () => {
    const away = `${sandbox.accounts}-away`;
    const given = await config();
    renameSync(sandbox.accounts, away);
    for (const _again of [1, 2]) {
      mkdirSync(sandbox.accounts, { recursive: true });
      expect(await rotate()).toMatchObject({ stderr: expect.stringMatching(notOnDisk), code: 0 });
      expect(existsSync(file())).toBe(false);
    }
    // Only the agent has the refresh token: neither a new login nor the end of another one takes it away.
    const stays = { message: expect.stringContaining("refresh token of 'wlcg' is not on disk yet") };
    expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ stdout: '', code: 1 });
    expect(await ask({ request: 'gen', config: given, flow: ['refresh'] })).toMatchObject(stays);
    const another = { ...given, client_id: 'another' };
    expect(await ask({ request: 'delete', config: another })).toMatchObject(stays);
    rmSync(sandbox.accounts, { recursive: true });
    renameSync(away, sandbox.accounts);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stderr: '', code: 0 });
    expect(await onDisk()).toBe(newest);
  });
});

describe('an account without a file', () => {
  it('tells each program that its new refresh token is in memory alone, and can be unloaded', async () => {
    const { name: _name, ...others } = await config();
    expect(await ask({ request: 'add', config: { ...others, name: 'memory' } })).toMatchObject({
      status: 'success',
      info: expect.stringContaining("the new refresh token of 'memory' is not on disk"),
    });
    expect(await rotate('memory')).toMatchObject({ stderr: expect.stringContaining('not on disk'), code: 0 });
    expect(await sandbox.run('oidc-add', ['-r', 'memory'])).toMatchObject({ code: 0 });
  });

  it('says so once, and in the status, where it is meant to have none', async () => {
    const { name: _name, ...others } = await config();
    expect(await ask({ request: 'add', config: { ...others, name: 'memory' }, no_file: 1 })).toMatchObject({
      status: 'success',
      info: expect.stringContaining('in memory only'),
    });
    expect(await rotate('memory')).toMatchObject({ stderr: '', code: 0 });
    const { stdout } = await sandbox.run('oidc-agent', ['--status']);
    expect(stdout).toContain('in memory only');
    expect(await sandbox.run('oidc-add', ['-r', 'memory'])).toMatchObject({ code: 0 });
  });
});

describe('a file that holds an account of another name', () => {
  beforeEach(() => renameSync(file(), file('other')));

  it('is loaded under that name, as by the C suite, with a warning, and is the one that is written', async () => {
    const outcome = await load('other');
    expect(outcome).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("the file 'other' holds the account 'wlcg'"),
    });
    expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe('wlcg\n');
    expect(await rotate()).toMatchObject({ stderr: '', code: 0 });
    expect(await onDisk('other')).toBe(newest);
    expect(existsSync(file())).toBe(false);
    expect(await rotate('other')).toMatchObject({
      stderr: "warning: the file 'other' holds the account 'wlcg'\n",
      code: 0,
    });
  });

  it('is not loaded beside the file of that name: one of them is old', async () => {
    copyFileSync(file('other'), file());
    expect(await load('other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('which has a file of its own'),
    });
    expect(newest).toBe('first refresh token');
  });
});

describe('a login that is to be ended', () => {
  it('without a refresh token is not said to be', async () => {
    const given = { ...(await config()), refresh_token: '' };
    expect(await ask({ request: 'delete', config: given })).toMatchObject({
      message: 'Could not revoke token: the account has no refresh token',
    });
    expect(revoked()).toEqual([]);
  });

  it('of an account that is held is the newest: an old refresh token is revoked with success, and ends nothing', async () => {
    const given = await config();
    await load('wlcg');
    await rotate();
    expect(await ask({ request: 'delete', config: given })).toMatchObject({ status: 'success' });
    expect(revoked()).toEqual([newest]);
    expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe('');
  });
});

describe('numbers and amounts', () => {
  it.each([
    ['lifetime', { lifetime: -1 }],
    ['lifetime', { lifetime: 1e300 }],
    ['pw_entry.expires_at', { pw_entry: { type: 1, password: 'x', expires_at: -1 } }],
    ['pw_entry.expires_after', { pw_entry: { type: 1, password: 'x', expires_after: -60 } }],
  ])('that make no sense are refused: %s', async (member, members) => {
    expect(await ask({ request: 'add', config: await config(), ...members })).toMatchObject({
      message: `Bad Request: ${member} is malformed`,
    });
  });

  it('300 audiences of one account fill neither the memory nor the status', async () => {
    await load('wlcg');
    for (let batch = 0; batch < 6; batch += 1) {
      const audiences = Array.from(
        { length: 50 },
        (_, index) => `https://${'a'.repeat(200)}-${batch}-${index}.example`,
      );
      await Promise.all(
        audiences.map((audience) => ask({ request: 'access_token', account: 'wlcg', audience })),
      );
    }
    const { info } = await ask({ request: 'status_json' });
    expect(info.accounts[0].tokens).toHaveLength(200);
    expect(JSON.stringify(info).length).toBeLessThan(256 * 1024);
    expect(await onDisk()).toBe(newest);
  });
});

describe('guesses at the password of a locked agent', () => {
  beforeEach(async () => {
    await load('wlcg');
    await ask({ request: 'lock', password: 'sesame' });
  });

  it('do not keep the right one waiting', async () => {
    const answers: string[] = [];
    const guess = (password: string) =>
      ask({ request: 'unlock', password }).then(({ info, message }) => answers.push(info ?? message));
    for (const wrong of ['a', 'b', 'c', 'd', 'e', 'f']) void guess(wrong);
    await guess('sesame');
    // Only the answer to the first is held back for so short a time.
    expect(answers.at(-1)).toBe('Agent unlocked');
    expect(answers.length).toBeLessThan(4);
  });

  it('are refused after ten, without being looked at', async () => {
    const guesses = Array.from({ length: 200 }, (_, index) =>
      ask({ request: 'unlock', password: `${index}` }),
    );
    const refused = (await Promise.all(guesses)).filter(
      ({ message }) => message === 'too many wrong passwords; please try again later',
    );
    expect(refused).toHaveLength(190);
    expect(refused[0].info).toMatch(
      /^hint: the next attempt is possible in \d+ s\nhint: .* end that program\nhint: .*: oidc-agent -k\n$/,
    );
  });
});
