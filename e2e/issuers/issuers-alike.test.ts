/** The programs with issuers other than IAM, as jeton-iam imitates them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { issuerNames } from '../../packages/iam/src/behaviour/issuers.ts';
import type { Rule } from '../../packages/iam/src/behaviour/rules.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../packages/iam/src/server.ts';
import { readAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { type Outcome, Sandbox } from '../support/computer/sandbox.ts';

const sandbox = new Sandbox();
/** The running issuers by name. */
const iams = new Map<string, RunningServer>();

/** The behaviour of issuers that have no name in jeton-iam. */
const odd: ServerOptions = {
  behaviour: {
    rules: [
      {
        endpoint: '/token',
        errors: { any: { status: 200 } },
        success_status: 201,
        omit: 'scope token_type',
        as_text: 'expires_in',
      },
      { endpoint: '/devicecode', as_text: 'interval expires_in' },
    ],
  },
};

beforeAll(async () => {
  const options = new Map<string, ServerOptions>(issuerNames.map((like) => [like, { like }])).set('odd', odd);
  for (const [name, { behaviour, ...others }] of options) {
    // These issuers make a device wait for five seconds between polls; the test does not.
    const rules = [{ interval: 1 }, ...(behaviour?.rules ?? [])];
    iams.set(name, await startServer({ ...others, autoApprove: 'test', behaviour: { rules } }));
  }
  sandbox.onClose(() => Promise.all([...iams.values()].map((iam) => iam.close())));
  const known = [{ issuer: at('google').issuer, offline_access: false }];
  writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify(known));
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

function at(name: string): RunningServer {
  const iam = iams.get(name);
  if (iam === undefined) throw new Error(`${name} was not started`);
  return iam;
}

/** Runs `oidc-gen -w device` for an account with the name of the issuer. */
function gen(name: string, args: readonly string[], issuer = at(name).issuer): Promise<Outcome> {
  const quiet = ['--pw-env', '--prompt=none', '--confirm-default'];
  return sandbox.run('oidc-gen', [...quiet, '-w', 'device', '--iss', issuer, ...args, name], withPassword);
}
const reauthenticate = (name: string) =>
  sandbox.run(
    'oidc-gen',
    ['--reauthenticate', '-w', 'device', '--pw-env', '--prompt=none', name],
    withPassword,
  );
const token = (...args: string[]) => sandbox.run('oidc-token', args);
const confidential = ['--client-id=device-code-client', '--client-secret=secret'];

const worked = {
  code: 0,
  stdout: expect.stringContaining('Everything setup correctly!'),
  stderr: expect.not.stringMatching(/warning|hint/i),
};
const silent = { code: 0, stderr: '' };
const noAudience = { code: 0, stderr: "warning: the issuer gave no token for 'se.example'\n" };

/** Adds a rule for the next matching request, before the rules of the issuer. */
function next(name: string, rule: Rule): void {
  const { control } = at(name);
  control.behave({ ...control.behaviour, rules: [{ ...rule, times: 1 }, ...control.behaviour.rules] });
}

/** The statuses of the requests to a path, the oldest first. */
function statuses(name: string, path: string): (number | null)[] {
  const requests = at(name).control.requests.filter((request) => request.path === path);
  return requests.map(({ status }) => status);
}

it('keycloak: the account keeps openid, PKCE is sent, and the scopes of the token itself count', async () => {
  expect(await gen('keycloak', ['--scope', 'openid offline_access email compute.read'])).toMatchObject(
    worked,
  );
  expect(statuses('keycloak', '/clients-registrations/openid-connect')).toEqual([403, 201]);
  const { auth_scope, client_id, client_secret } = await readAccount(sandbox, 'keycloak');
  expect(auth_scope).toMatch(/\bopenid\b/);
  const narrow = await token('-s', 'email', 'keycloak');
  expect(narrow).toMatchObject(silent);
  expect(decodeJwt(narrow.stdout).scope).toBe('email');
  expect(await token('--aud', 'se.example', 'keycloak')).toMatchObject(noAudience);

  const file = join(sandbox.folder, 'keycloak-secret');
  writeFileSync(file, client_secret?.reveal() ?? '', { mode: 0o600 });
  const client = [`--client-id=${client_id}`, `--client-secret-file=${file}`];
  const introspection = await sandbox.run(
    'jeton',
    ['introspect', '--issuer', at('keycloak').issuer, ...client],
    { env: { IAM_ACCESS_TOKEN: narrow.stdout.trim() } },
  );
  expect(JSON.parse(introspection.stdout)).toEqual({ active: false });
  expect(introspection.stderr).toMatch(
    /^hint: the token is not for the client .*, and some issuers \(Keycloak/,
  );

  expect(await reauthenticate('keycloak')).toMatchObject(worked);
  expect(await token('-f', 'keycloak')).toMatchObject(silent);
  const args = ['-d', '--confirm-yes', '--pw-env', 'keycloak'];
  expect(await sandbox.run('oidc-gen', args, withPassword)).toMatchObject({ code: 0, stderr: '' });
});

it('egi-checkin: no public client, but its own scopes for a known client', async () => {
  const scope = ['--scope', 'openid offline_access voperson_id eduperson_entitlement'];
  expect(await gen('egi-checkin', scope)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^Error: insufficient_scope: .*\nhint: this issuer registers clients only for computers/,
    ),
  });
  const outcome = await gen('egi-checkin', ['--client-id=public-dc-client', '--client-secret=', ...scope]);
  expect(outcome).toMatchObject(worked);
  const narrow = await token('-s', 'voperson_id', 'egi-checkin');
  expect(narrow).toMatchObject(silent);
  expect(decodeJwt(narrow.stdout).scope).toBe('voperson_id');
  expect(await token('--aud', 'se.example', 'egi-checkin')).toMatchObject(noAudience);
});

it('entra: oidc-gen asks for the tenant, and recognises a refusal', async () => {
  const client = [
    '--client-id=public-dc-client',
    '--client-secret=',
    '--scope',
    'openid offline_access email',
  ];
  const common = await gen('entra', client, `${at('entra').issuer}common/v2.0`);
  expect(common).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`use yours: ${at('entra').issuer}TENANT/v2.0\n`),
  });
  expect((await gen('entra', [])).stderr).toMatch(
    /^Error: Dynamic registration is not supported by this issuer/,
  );
  next('entra', { poll: 'access_denied' });
  expect(await gen('entra', client)).toMatchObject({
    code: 77,
    stderr: expect.stringMatching(/^Error: authorization_declined: .*\nhint: the login was denied/m),
  });
  expect(await gen('entra', client)).toMatchObject(worked);
  expect(await token('-s', 'email offline_access', 'entra')).toMatchObject(silent);
  expect(await token('--aud', 'se.example', 'entra')).toMatchObject(noAudience);
});

it('google: other statuses and names, and opaque tokens', async () => {
  const scope = ['--scope', 'openid email'];
  expect(await gen('google', ['--client-id=device-code-client', '--client-secret=', ...scope])).toMatchObject(
    {
      code: 1,
      stderr: expect.stringContaining('hint: check the client id, and its secret'),
    },
  );
  next('google', { poll: 'authorization_pending' });
  expect(await gen('google', [...confidential, ...scope])).toMatchObject(worked);
  expect(statuses('google', '/token')).toEqual([401, 428, 200]);
  const before = (await readAccount(sandbox, 'google')).refresh_token?.reveal();
  expect(await token('-s', 'openid email', 'google')).toMatchObject(silent);
  expect(await token('--aud', 'se.example', 'google')).toMatchObject(silent);
  expect((await readAccount(sandbox, 'google')).refresh_token?.reveal()).toBe(before);
});

it('okta: a lost answer does not end the login while the replaced refresh token works', async () => {
  const scope = ['--scope', 'openid offline_access email'];
  expect((await gen('okta', scope)).stderr).toMatch(/^Error: E0000005: Invalid session\nhint: /);
  expect(await gen('okta', [...confidential, ...scope])).toMatchObject(worked);
  expect(await token('-s', 'email', 'okta')).toMatchObject(silent);
  next('okta', { grant: 'refresh_token', drop: 'after' });
  expect(await token('-f', 'okta')).toMatchObject({ code: 69 });
  expect(await token('-f', 'okta')).toMatchObject(silent);
  expect(at('okta').control.revokedFamilies).toEqual([]);
});

it('errors with 200, tokens with 201, numbers as text, and no scope and no token_type', async () => {
  const scope = ['--scope', 'openid offline_access email'];
  next('odd', { poll: 'authorization_pending' });
  expect(await gen('odd', scope)).toMatchObject(worked);
  expect(statuses('odd', '/token')).toEqual([200, 201]);
  expect(await token('-s', 'email', 'odd')).toMatchObject(silent);
  const { stdout } = await token('-t', '3000', '-e', 'odd');
  expect(Number(stdout)).toBeGreaterThan(Date.now() / 1000 + 3000);
});
