/**
 * An attacker has put something else in the place of a file that the programs read. Each program says so at once, and the agent
 * goes on for all programs that need another file.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { generateAccount, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { hostileFiles, inPlaceOf } from '../support/computer/hostile-files.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { isRunning } from '../support/processes.ts';
import { startIam } from '../support/servers/iam.ts';

const sandbox = new Sandbox();
const inAccounts = (name: string) => join(sandbox.accounts, name);
const certificates = join(sandbox.folder, 'ca.pem');
let agent: RunningAgent;
let issuer: string;
const aToken = expect.stringMatching(/^ey\S+\n$/);

beforeAll(async () => {
  agent = await startAgent(sandbox);
  const iam = await startIam(sandbox, ['--auto-approve', 'test']);
  issuer = iam.issuer;
  cpSync('/etc/ssl/certs/ca-certificates.crt', certificates);
  for (const [name, args] of [
    ['certified', ['--cp', certificates]],
    ['good', []],
  ] as const)
    expect(await generateAccount(sandbox, name, iam, { args })).toMatchObject({ code: 0 });
});
afterAll(() => sandbox.close());

/** Other programs get their tokens, and the agent's memory has its usual size. */
async function expectNobodyElseToNotice(): Promise<void> {
  expect(await sandbox.run('oidc-token', ['-f', 'good'])).toMatchObject({ stdout: aToken, code: 0 });
  const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8')) ?? [];
  expect(Number(kilobytes)).toBeLessThan(300_000);
}

describe.each(hostileFiles)('%s', (_name, make) => {
  it('in the place of certificates is an error of the account that trusts them', async () => {
    const { stdout, stderr, code } = await inPlaceOf(certificates, make, () =>
      sandbox.run('oidc-token', ['-f', 'certified']),
    );
    expect([stdout, code]).toEqual(['', 69]);
    expect(stderr).toContain(`Error: error with ssl cert: cannot read the certificates in ${certificates}: `);
    await expectNobodyElseToNotice();
  });

  it('in the place of config ends a program with its path', async () => {
    const { stderr, code } = await inPlaceOf(inAccounts('config'), make, () =>
      sandbox.run('oidc-add', ['-l']),
    );
    // A program that cannot read its settings does not go on.
    expect(stderr).toContain('Error: error in configuration file: could not open file\nhint: see ');
    expect(stderr).toContain(inAccounts('config'));
    expect(code).toBe(78);
  });

  it('in the place of issuer.config is passed over', async () => {
    const outcome = await inPlaceOf(inAccounts('issuer.config'), make, async () => [
      await sandbox.run('oidc-token', [issuer]),
      await sandbox.run('oidc-add', ['-l']),
      await sandbox.run('oidc-add', [issuer]),
      await sandbox.run('jeton', ['issuers']),
    ]);
    const [token, list, add, issuers] = outcome;
    expect(token).toMatchObject({ stdout: aToken, code: 0 });
    expect(list).toMatchObject({ stdout: 'certified\ngood\n', stderr: '', code: 0 });
    expect(add?.stderr).toContain('Error: Could not determine default account shortname');
    expect(issuers?.stderr).toContain(`${inAccounts('issuer.config')}: cannot be read: `);
  });

  it('in the place of custom_parameters.config is passed over', async () => {
    const outcome = await inPlaceOf(inAccounts('custom_parameters.config'), make, () =>
      sandbox.run('oidc-token', ['-f', 'good']),
    );
    expect(outcome).toMatchObject({ stdout: aToken, code: 0 });
  });

  it('in the place of an account is an error for a client that asks for it, and the list has the others', async () => {
    const path = inAccounts('other');
    const [token, add, print, list] = await inPlaceOf(path, make, async () => [
      await sandbox.run('oidc-token', ['other']),
      await sandbox.run('oidc-add', ['--pw-env', 'other'], withPassword),
      await sandbox.run('oidc-gen', ['-p', 'other', '--pw-env'], withPassword),
      await sandbox.run('oidc-add', ['-l']),
    ]);
    for (const outcome of [token, add, print]) {
      expect(outcome?.stdout).toBe('');
      expect(outcome?.stderr).toMatch(/^Error: /);
      expect(outcome?.stderr).not.toContain('internal error');
    }
    expect(list).toMatchObject({ stderr: '', code: 0 });
    expect(list?.stdout).toMatch(/^certified\ngood\n/);
    await expectNobodyElseToNotice();
  });

  it('in the place of a file with a password is an error', async () => {
    const path = join(sandbox.folder, 'password');
    const { stdout, stderr, code } = await inPlaceOf(path, make, () =>
      sandbox.run('oidc-add', ['--force', `--pw-file=${path}`, 'good']),
    );
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toMatch(/^Error: (could not read the password file|no password for)/);
  });
});

it('twenty of them hold up no other client, also not after their clients have left', async () => {
  const [, makePipe] = hostileFiles[0] ?? ['', () => undefined];
  const names = Array.from({ length: 20 }, (_, index) => `pipe-${index}`);
  for (const name of names) {
    const path = join(sandbox.folder, name);
    await makePipe(path);
    await writeAccount(sandbox, { name, issuer_url: issuer, cert_path: path });
  }
  const loads = await Promise.all(
    names.map((name) => sandbox.run('oidc-add', ['--pw-env', name], withPassword)),
  );
  for (const { stderr } of loads) expect(stderr).toContain('Error: error with ssl cert: ');
  await expectNobodyElseToNotice();
});

it('a password may come from a pipe into which a program writes', async () => {
  const outcome = await sandbox.run(
    '/bin/bash',
    ['-c', 'oidc-add --force --pw-file=<(printf "%s\\n" "$OIDC_ENCRYPTION_PW") good'],
    withPassword,
  );
  expect(outcome).toMatchObject({ stdout: 'success\n', code: 0 });
});

it('a list of accounts has no line for a link that leads nowhere', async () => {
  writeFileSync(inAccounts('real'), '{"name":"real","issuer_url":"https://localhost:1/","client_id":"c"}');
  const { stdout } = await inPlaceOf(inAccounts('nowhere'), hostileFiles[4]?.[1] ?? (() => undefined), () =>
    sandbox.run('oidc-gen', ['-l']),
  );
  expect(stdout.split('\n')).toContain('real');
  expect(stdout.split('\n')).not.toContain('nowhere');
});

it('the agent is the same as at the start', () => expect(isRunning(agent.pid)).toBe(true));
