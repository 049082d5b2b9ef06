/** oidc-gen on a desktop, with windows instead of a terminal. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { PASSWORD } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import {
  deletedClients,
  type ScriptedIssuer,
  startIssuer,
  tokens,
} from '../support/servers/scripted-issuer.ts';

const sandbox = new Sandbox();
const bin = join(sandbox.folder, 'bin');
let issuer: ScriptedIssuer;

beforeAll(async () => {
  await startAgent(sandbox);
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
});

/** Has a script answer each window; what the windows showed is in `asked`. */
function answers(script: string): void {
  const record = `printf '%s\\n' "$@" >> ${sandbox.folder}/asked`;
  writeFileSync(join(bin, 'zenity'), `#!/bin/sh\n${record}\n${script}\n`, { mode: 0o755 });
}
const asked = () => readFileSync(join(sandbox.folder, 'asked'), 'utf8');
const gen = (...args: string[]) => {
  const env = { PATH: `${bin}:${sandbox.env.PATH}`, DISPLAY: ':99' };
  const options = ['-w', 'device', '--iss', issuer.url, '--scope=openid', '--prompt=gui', '--pw-prompt=gui'];
  return sandbox.run('oidc-gen', [...options, ...args], { env, detached: true });
};

it('asks for the short name and, twice, for the password', async () => {
  answers(`case "$*" in *'short name'*) echo windows;; *) echo '${PASSWORD}';; esac`);
  const { stderr, code } = await gen();
  expect({ stderr, code }).toMatchObject({ code: 0 });
  expect(asked()).toContain("Enter encryption password for account configuration 'windows'");
  expect(asked()).toContain('Confirm encryption password');
  expect((await readAccount(sandbox, 'windows')).refresh_token?.reveal()).toBe('rt');
});

it('shows the scopes of the issuer, and first the issuer whose name is part of the name of the account', async () => {
  writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify([{ issuer: issuer.url }]));
  const port = new URL(issuer.url).port;
  answers(`case "$*" in
    *"Scopes or 'max'"*) echo max;;
    *--list*) cat >> ${sandbox.folder}/list; echo 0;;
    *) echo '${PASSWORD}';;
  esac`);
  const env = { PATH: `${bin}:${sandbox.env.PATH}`, DISPLAY: ':99' };
  const options = ['-w', 'device', '--prompt=gui', '--pw-prompt=gui', port];
  expect(await sandbox.run('oidc-gen', options, { env, detached: true })).toMatchObject({ code: 0 });
  expect(readFileSync(join(sandbox.folder, 'list'), 'utf8').split('\n', 2)).toEqual(['0', issuer.url]);
  expect(asked()).toMatch(/The following scopes are supported: openid offline_+access\n+Scopes or 'max'/);
  expect(await readAccount(sandbox, port)).toMatchObject({ issuer_url: issuer.metadata.issuer });
});

it('a window that is closed ends it: nothing is stored, and the client is deleted', async () => {
  answers('exit 1');
  const { stderr, code } = await gen('closed');
  expect(stderr).toContain('user cancelled password prompt');
  expect(code).not.toBe(0);
  expect(deletedClients(issuer)).toBe(1);
  expect(existsSync(join(sandbox.accounts, 'closed'))).toBe(false);
});
