/** Other users can put files into the folder of accounts: the programs warn, with the command that mends it. */
import { chmodSync, chownSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { nobody } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  await startAgent(sandbox);
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
});
afterEach(() => sandbox.close());

const load = () => sandbox.run('oidc-add', ['--force', '--pw-env', 'wlcg'], withPassword);

it.each([0o777, 0o770, 0o703])('with the mode %o', async (mode) => {
  chmodSync(sandbox.accounts, mode);
  const warning = `Warning: other users can write to the folder of your accounts: ${sandbox.accounts}\nhint: take that permission away: chmod go-w '${sandbox.accounts}'\n`;
  expect(await load()).toMatchObject({ stderr: warning, code: 0 });
  const renamed = await sandbox.run('oidc-gen', ['--rename=other', '--pw-env', 'wlcg'], withPassword);
  expect(renamed.stderr).toContain(warning);
  expect((await sandbox.run('/bin/sh', ['-c', `chmod go-w '${sandbox.accounts}'`])).code).toBe(0);
  expect(
    (await sandbox.run('oidc-add', ['--force', '--pw-env', 'other'], withPassword)).stderr,
  ).not.toContain('Warning');
});

it.skipIf(process.getuid?.() !== 0)('that belongs to another user (as root only)', async () => {
  chownSync(sandbox.accounts, nobody.uid, nobody.gid);
  expect((await load()).stderr).toContain(
    `Warning: the folder of your accounts belongs to another user: ${sandbox.accounts}\n`,
  );
});

it('no program warns of a folder that is as it should be', async () => {
  expect(await load()).toMatchObject({ stderr: '', code: 0 });
});
