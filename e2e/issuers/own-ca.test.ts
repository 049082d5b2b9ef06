/** An issuer with a certificate of a private authority. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { generateAccount, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { makeCertificates } from '../support/servers/certificates.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

const sandbox = new Sandbox();
const { authority, cert, key } = makeCertificates(join(sandbox.folder, 'site certificates'));
let iam: RunningIam;

beforeAll(async () => {
  iam = await startIam(sandbox, ['--auto-approve', 'test', '--tls-cert', cert, '--tls-key', key]);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

const unknownAuthority = (hint: string) =>
  new RegExp(
    `^Error: error with ssl cert: localhost:${iam.port}: the certificate comes from an unknown authority\\nhint: ${hint}`,
  );

it('is not trusted by oidc-gen, which says how to trust it', async () => {
  const { stdout, stderr, code } = await generateAccount(sandbox, 'wlcg', iam);
  expect([stdout, code]).toEqual(['', 69]);
  expect(stderr).toMatch(unknownAuthority('if you trust this issuer, .*--cp FILE'));
});

it('is trusted with --cp, and the account has the absolute path of the file', async () => {
  const { folder } = sandbox;
  const args = ['-w', 'device', '--iss', iam.issuer, '--scope=max', '--pw-env', '--prompt=none'];
  const relative = [...args, '--cp', 'site certificates/ca.pem', 'wlcg'];
  expect(await sandbox.run('oidc-gen', relative, { ...withPassword, cwd: folder })).toMatchObject({
    code: 0,
  });
  expect((await readAccount(sandbox, 'wlcg')).cert_path).toBe(authority);
});

it('is trusted by the agent for this account, also after it is loaded again', async () => {
  expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stderr: '', code: 0 });
  expect(await sandbox.run('oidc-add', ['-r', 'wlcg'])).toMatchObject({ code: 0 });
  expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
  expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stderr: '', code: 0 });
});

it('gives an error while the file is missing, and works again when it is back', async () => {
  renameSync(authority, `${authority}.away`);
  const { stdout, stderr } = await sandbox.run('oidc-token', ['-f', 'wlcg']);
  renameSync(`${authority}.away`, authority);
  expect(stdout).toBe('');
  expect(stderr).toContain(
    `Error: error with ssl cert: cannot read the certificates in ${authority}: no such file or directory (ENOENT)`,
  );
  expect(stderr).toContain('\nhint: ');
  expect(await sandbox.run('oidc-token', ['-f', 'wlcg'])).toMatchObject({ stderr: '', code: 0 });
});

it('is trusted for the deletion of the account at the issuer', async () => {
  expect(
    await sandbox.run('oidc-gen', ['-d', '--pw-env', '--confirm-yes', 'wlcg'], withPassword),
  ).toMatchObject({
    stdout: expect.stringContaining('Deleted oidc client.\n'),
    stderr: '',
    code: 0,
  });
});

it('of jeton-iam itself (--tls-self-signed) is trusted by oidc-gen --cp and curl --cacert', async () => {
  const file = join(sandbox.folder, 'self-signed.pem');
  const own = await startIam(sandbox, ['--auto-approve', 'test', '--tls-self-signed', file]);
  expect(own.issuer).toMatch(/^https:/);
  const args = [
    '-w',
    'device',
    '--iss',
    own.issuer,
    '--scope=max',
    '--pw-env',
    '--prompt=none',
    'self-signed',
  ];
  expect(await sandbox.run('oidc-gen', args, withPassword)).toMatchObject({
    stderr: expect.stringContaining('the certificate is self-signed'),
    code: 69,
  });
  expect(await sandbox.run('oidc-gen', ['--cp', file, ...args], withPassword)).toMatchObject({ code: 0 });
  expect(await sandbox.run('oidc-token', ['self-signed'])).toMatchObject({ stderr: '', code: 0 });
  expect(
    await sandbox.run('/usr/bin/curl', ['-sS', '--cacert', file, `${own.issuer}actuator/health`]),
  ).toMatchObject({
    stdout: '{"status":"UP"}',
    stderr: '',
  });
});

it('is trusted for the logins of an agent with cert_path in its configuration', async () => {
  const scopes = { request: 'scopes', issuer: iam.issuer };
  const ask = async () => await exchange(scopes, { socketPath: (await startAgent(sandbox)).socket });
  await expect(ask()).rejects.toThrow('unknown authority');
  writeFileSync(
    join(sandbox.accounts, 'config'),
    JSON.stringify({ 'oidc-agent': { 'cert-path': authority } }),
  );
  expect((await ask()).info).toContain('openid');
});
