/** An issuer under development without TLS, at a host name that is not `localhost`. */
import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insecureHost } from '../../packages/agent/src/oauth/issuer/insecure-http.ts';
import { readAccount } from '../support/agent/account-files.ts';
import { generateAccount, printAccount, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

const sandbox = new Sandbox();
let host: string;
let iam: RunningIam;
let warning: string;

/** The name of this computer without its domain, or else one of its private addresses. */
async function ownHost(): Promise<string> {
  const [name = ''] = hostname().toLowerCase().split('.');
  const isKnown = await lookup(name).then(
    () => insecureHost(name) !== undefined,
    () => false,
  );
  if (isKnown) return name;
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) => each);
  const found = addresses.find(({ address }) => !/^fe80:/i.test(address) && insecureHost(address));
  if (found === undefined) throw new Error('this computer has neither a name nor a private address');
  return found.address;
}

beforeAll(async () => {
  host = await ownHost();
  const shown = host.includes(':') ? `[${host}]` : host;
  const port = await freePort();
  const issuer = `http://${shown}:${port}/`;
  warning = `Warning: tokens and passwords travel unencrypted to http://${shown} (--insecure-http): for development only\n`;
  const args = ['--auto-approve', 'test', '--host', host, '--issuer', issuer, '--port', String(port)];
  iam = await startIam(sandbox, args);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

it('is refused without the option, which the error names', async () => {
  const { stdout, stderr, code } = await generateAccount(sandbox, 'dev', iam);
  expect([stdout, code]).toEqual(['', 1]);
  expect(stderr).toContain('it begins with http://, and only https is secure\n');
  expect(stderr).toContain(`oidc-gen --insecure-http=${host}\n`);
});

it.each(['iam.example', '8.8.8.8', 'iam:8080', 'http://iam/'])('is refused at %s', async (wrong) => {
  const args = [`--insecure-http=${wrong}`];
  const { stdout, stderr, code } = await generateAccount(sandbox, 'dev', iam, { args });
  expect([stdout, code]).toEqual(['', 64]);
  expect(stderr).toContain(`Error: '${wrong}' cannot be the host of --insecure-http: `);
  expect(stderr).toContain('\nhint: use https; or lead a port of this computer there: ssh -L ');
});

it('gets the permission of another host to no avail', async () => {
  const { stderr, code } = await generateAccount(sandbox, 'dev', iam, { args: ['--insecure-http=other'] });
  expect(code).toBe(1);
  expect(stderr).toContain('only https is secure');
});

it('works with the option, which is stored in the account, and warns', async () => {
  const args = [`--insecure-http=${host}`];
  const { stderr, code } = await generateAccount(sandbox, 'dev', iam, { args });
  expect({ stderr, code }).toMatchObject({ stderr: expect.stringContaining(warning), code: 0 });
  expect((await readAccount(sandbox, 'dev')).insecure_http).toBe(host);
  expect(JSON.parse(await printAccount(sandbox, 'dev'))).toMatchObject({ insecure_http: host });
});

it('works with the agent, also after oidc-add, which warns, too', async () => {
  expect(await sandbox.run('oidc-token', ['-f', 'dev'])).toMatchObject({ stderr: '', code: 0 });
  expect(await sandbox.run('oidc-add', ['-r', 'dev'])).toMatchObject({ code: 0 });
  const added = await sandbox.run('oidc-add', ['--pw-env', '--always-allow-idtoken', 'dev'], withPassword);
  expect(added).toMatchObject({ stderr: warning, code: 0 });
  expect(await sandbox.run('oidc-token', ['-f', 'dev'])).toMatchObject({ stderr: '', code: 0 });
  expect(await sandbox.run('oidc-token', ['--id-token', 'dev'])).toMatchObject({ stderr: '', code: 0 });
});

it.skipIf(!hasDebianSuite)(
  'works with the C suite, which ignores the member (needs oidc-agent-cli)',
  async () => {
    const { socket } = await startAgent(sandbox, { suite: 'c' });
    const options = { suite: 'c', env: { ...withPassword.env, OIDC_SOCK: socket } } as const;
    expect(await sandbox.run('oidc-add', ['--pw-env', 'dev'], options)).toMatchObject({ code: 0 });
    expect(await sandbox.run('oidc-token', ['-f', 'dev'], options)).toMatchObject({ code: 0 });
    expect(JSON.parse(await printAccount(sandbox, 'dev', 'c'))).toMatchObject({ insecure_http: host });
  },
);

it('is not in issuer.config, whose issuers all accounts share', async () => {
  const { stderr } = await sandbox.run('jeton', ['issuers']);
  expect(stderr).toBe('');
});

it('allows a new login and the deletion of the account', async () => {
  const again = ['--reauthenticate', '-w', 'device', '--pw-env', '--prompt=none', 'dev'];
  const renewed = await sandbox.run('oidc-gen', again, withPassword);
  expect(renewed).toMatchObject({ stderr: expect.stringContaining(warning), code: 0 });
  const remove = ['-d', '--pw-env', '--confirm-yes', 'dev'];
  expect(await sandbox.run('oidc-gen', remove, withPassword)).toMatchObject({
    stdout: expect.stringContaining('Deleted oidc client.\n'),
    stderr: warning,
    code: 0,
  });
});
