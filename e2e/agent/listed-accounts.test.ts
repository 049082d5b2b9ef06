/** issuer.config, which the agent keeps as that of oidc-agent 5.3 does, whose oidc-gen leaves it to the agent. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange, type Request } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
let issuer: string;
let file: string;
beforeEach(async () => {
  sandbox = new Sandbox();
  file = join(sandbox.accounts, 'issuer.config');
  const script = { '/token': tokens('at', { refresh_token: 'rt' }), '/revoke': { status: 200 } };
  issuer = (await startIssuer(script)).metadata.issuer;
  await startAgent(sandbox);
});
afterEach(() => sandbox.close());

const ask = (request: Request) => exchange(request, { socketPath: sandbox.env.OIDC_SOCK });
const config = (name: string) => ({ name, issuer_url: issuer, client_id: 'client', refresh_token: 'rt' });
const listed = () => JSON.parse(readFileSync(file, 'utf8'));
const whenListed = (accounts: readonly string[]) =>
  vi.waitFor(() => expect(listed()).toEqual([expect.objectContaining({ issuer, accounts })]), {
    timeout: 60_000,
  });

/** What oidc-gen of 5.3.3 asks for `--flow=password`, in its order. */
const recordedGen = (name: string): Request => ({
  request: 'gen',
  config: {
    ...config(name),
    client_name: `oidc-agent:${name}`,
    refresh_token: '',
    username: 'u',
    password: 'p',
  },
  flow: ['password'],
  pw_entry: { account: name, type: 8, password: '', expires_at: 0, expires_after: 0, command: '' },
  no_webserver: 0,
  no_scheme: 0,
  only_at: 0,
});

describe('an account is listed with its issuer', () => {
  it('when oidc-gen of 5.3 makes it, which writes the account file alone', async () => {
    expect(await ask(recordedGen('made'))).toMatchObject({ status: 'success' });
    await writeAccount(sandbox, { name: 'made', issuer_url: issuer });
    await whenListed(['made']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('when it is loaded, as one that was copied from elsewhere; the issuer then stands for it', async () => {
    writeFileSync(file, JSON.stringify([{ issuer, contact: 'kept@example.org' }]));
    await writeAccount(sandbox, { name: 'copied', issuer_url: issuer });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'copied'], withPassword)).toMatchObject({ code: 0 });
    await whenListed(['copied']);
    expect(listed()).toMatchObject([{ contact: 'kept@example.org' }]);
    await sandbox.run('oidc-add', ['-R']);
    expect(await sandbox.run('oidc-add', ['--pw-env', issuer], withPassword)).toMatchObject({ code: 0 });
  });

  it('but not one that the agent holds without a file, nor one whose login failed', async () => {
    await ask({ request: 'add', config: config('in-memory') });
    await writeAccount(sandbox, { name: 'of-another', issuer_url: issuer });
    await ask({ request: 'add', config: config('of-another'), no_file: 1 });
    await ask({ ...recordedGen('failed'), flow: ['device'] }).catch(() => undefined);
    // oidc-gen --no-save asks like this, and writes no file.
    await ask(recordedGen('not-saved'));
    await ask(recordedGen('made'));
    await writeAccount(sandbox, { name: 'made', issuer_url: issuer });
    await whenListed(['made']);
  });

  it('until its deletion is asked for', async () => {
    await ask(recordedGen('made'));
    await writeAccount(sandbox, { name: 'made', issuer_url: issuer });
    await whenListed(['made']);
    expect(await ask({ request: 'delete', config: config('made') })).toMatchObject({ status: 'success' });
    await whenListed([]);
  });
});

it('an agent that ends has written what it was about to', async () => {
  await writeAccount(sandbox, { name: 'copied', issuer_url: issuer });
  await ask({ request: 'add', config: config('copied') });
  await sandbox.run('oidc-agent', ['-k']);
  expect(listed()).toMatchObject([{ issuer, accounts: ['copied'] }]);
});

it('a disk that hangs holds up no answer (as root only: it mounts one)', async (context) => {
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await writeAccount(sandbox, { name, issuer_url: issuer });
  const load = async (name: string) => {
    const loaded = { request: 'add', config: config(name), plain_add: 1 };
    expect(await ask(loaded)).toMatchObject({ status: 'success' });
  };
  const letGo = hang(sandbox, sandbox.accounts);
  context.skip(letGo === undefined, 'this user may not mount');
  for (const name of names.slice(0, -1)) await load(name);
  expect(await ask({ request: 'loaded_accounts' })).toMatchObject({ info: names.slice(0, -1) });
  letGo?.();
  await load('d');
  await whenListed(expect.arrayContaining(['d']));
});
