/** Where oidc-gen gets its client from, and what it does when it gets none. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import type { RunOptions } from '../support/computer/sandbox.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { type Answer, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
let iam: RunningIam;
beforeAll(async () => {
  iam = await startIam(sandbox);
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

const scope = ['--scope', 'openid offline_access'];
const gen = (args: readonly string[], options: RunOptions = withPassword) =>
  sandbox.run('oidc-gen', ['--pw-env', '--prompt=none', '--confirm-default', ...args], options);
const issuerConfig = (entries: object[]) =>
  writeFileSync(join(sandbox.accounts, 'issuer.config'), JSON.stringify(entries));
const worked = { code: 0, stdout: expect.stringContaining('Everything setup correctly!') };

describe('a client of one’s own', () => {
  const device = ['-w', 'device', '--client-id=device-code-client', '--client-secret=secret'];

  it('--client-id and --client-secret: nothing is registered', async () => {
    const outcome = await gen([...device, '--iss', iam.issuer, ...scope, 'own']);
    expect(outcome).toMatchObject(worked);
    expect(outcome.stdout).not.toContain('Registering');
    const account = await readAccount(sandbox, 'own');
    expect(account).toMatchObject({ client_id: 'device-code-client', auth_scope: 'openid offline_access' });
    expect(account.registration_client_uri).toBeUndefined();
    expect((await sandbox.run('oidc-token', ['own'])).code).toBe(0);
  });

  it('without a secret it is a public one', async () => {
    const args = ['-w', 'device', '--client-id=public-dc-client', '--iss', iam.issuer, ...scope, 'public'];
    expect(await gen(args)).toMatchObject(worked);
    expect((await sandbox.run('oidc-token', ['-f', 'public'])).code).toBe(0);
    // IAM revokes for a client that names itself in the form, and redirects.
    const deleted = await sandbox.run(
      'oidc-gen',
      ['-d', '--pw-env', '--confirm-yes', 'public'],
      withPassword,
    );
    expect(deleted).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
  });

  it('-m asks for what no option says', async () => {
    const args = ['-m', '-w', 'device', '--pw-env', 'asked'];
    const terminal = new Terminal(sandbox, 'oidc-gen', args, withPassword);
    await terminal.waitFor(/Issuer \[.*\]: $/);
    terminal.type('foo');
    await terminal.waitFor(/'foo' cannot be the address of the issuer: .*Issuer \[.*\]: $/s);
    terminal.type(iam.issuer);
    await terminal.waitFor(/Client id: $/);
    terminal.type('device-code-client');
    await terminal.waitFor(/Client secret \(empty for a public client\): $/);
    terminal.type('secret');
    await terminal.waitFor(/Scopes or 'max'.*: $/);
    terminal.type('openid offline_access');
    await terminal.waitFor(/Everything setup correctly!/);
    expect(await terminal.exit()).toBe(0);
    expect(terminal.screen).not.toContain('secret\n');
  });

  it.each([
    ['EGI', /^\[\d+\] (https:\/\/aai\.egi\.eu\/.*)$/m],
    ['my-account', /^\[1\] (.*)$/m],
  ])(
    'the account %s has that issuer suggested whose address has its name, else the first',
    async (name, listed) => {
      const terminal = new Terminal(sandbox, 'oidc-gen', ['-w', 'device', '--pw-env', name], withPassword);
      const [, suggested] = await terminal.waitFor(/Issuer \[(.*)\]: $/);
      expect(suggested).toBe(listed.exec(terminal.screen)?.[1]);
      terminal.press('\u0003');
      expect(await terminal.exit()).toBe(130);
    },
  );

  it.each([['-m'], []])(
    '%s --client-id asks for the secret that no option says; Enter is none',
    async (...manual) => {
      const args = [
        ...manual,
        '--client-id=public-dc-client',
        '-w',
        'device',
        '--iss',
        iam.issuer,
        ...scope,
        '--pw-env',
      ];
      const terminal = new Terminal(
        sandbox,
        'oidc-gen',
        [...args, '--confirm-yes', 'half-said'],
        withPassword,
      );
      await terminal.waitFor(/Client secret \(empty for a public client\): $/);
      terminal.type('');
      await terminal.waitFor(/Everything setup correctly!/);
      expect(await terminal.exit()).toBe(0);
      expect(await readAccount(sandbox, 'half-said')).toMatchObject({ client_id: 'public-dc-client' });
      expect((await readAccount(sandbox, 'half-said')).client_secret).toBeUndefined();
    },
  );

  it('-f takes an encrypted file, too, with the options winning over it', async () => {
    const args = ['-w', 'device', '-f', join(sandbox.accounts, 'own'), '--aud', 'se.example', 'copy'];
    expect(await gen(args)).toMatchObject(worked);
    expect(await readAccount(sandbox, 'copy')).toMatchObject({
      name: 'copy',
      client_id: 'device-code-client',
      audience: 'se.example',
    });
    expect(decodeJwt((await sandbox.run('oidc-token', ['copy'])).stdout).aud).toBe('se.example');
  });

  it('--only-at prints a token, and nothing else stays', async () => {
    const before = readdirSync(sandbox.accounts);
    const { stdout, code } = await gen([...device, '--iss', iam.issuer, ...scope, '--only-at', 'once'], {
      ...withPassword,
      env: { ...withPassword.env, OIDC_SOCK: undefined },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+\n$/);
    expect(decodeJwt(stdout).iss).toBe(iam.issuer);
    expect(readdirSync(sandbox.accounts)).toEqual(before);
  });

  it('--only-at without a client registers none, as the token would end with it', async () => {
    const issuer = await startIssuer();
    const outcome = await gen(['-w', 'device', '--iss', issuer.url, ...scope, '--only-at']);
    expect(outcome).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/^Error: --only-at needs a client that is already registered\nhint: /),
    });
    expect(issuer.requests.some(({ path }) => path === '/register')).toBe(false);
  });

  it('--no-save has the agent hold the account, and writes no file', async () => {
    expect(await gen([...device, '--iss', iam.issuer, ...scope, '--no-save', 'unsaved'])).toMatchObject(
      worked,
    );
    expect(readdirSync(sandbox.accounts)).not.toContain('unsaved');
    expect((await sandbox.run('oidc-token', ['unsaved'])).code).toBe(0);
    expect(await gen([...device, '--iss', iam.issuer, ...scope, 'unsaved'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('An account with this shortname is already loaded.'),
    });
  });

  it.each([
    ['--port=80', 'Port not in valid range'],
    ['--redirect-uri=https://elsewhere.example/', 'is not a redirect URI of this computer'],
  ])('refuses %s before anything is sent', async (option, text) => {
    const outcome = await gen([...device, '--iss', iam.issuer, ...scope, option, 'nowhere']);
    expect(outcome).toMatchObject({ code: 64, stderr: expect.stringContaining(text) });
  });
});

describe('clients that issuer.config knows', () => {
  const pubclient = {
    client_id: 'public-dc-client',
    scope: 'openid offline_access profile',
    flow: ['device'],
  };

  it('--pub uses the public one, with its scopes for max', async () => {
    issuerConfig([{ issuer: iam.issuer, pubclient, mine: { kept: true } }]);
    expect(await gen(['--pub', '--iss', iam.issuer, '--scope=max', 'pub'])).toMatchObject(worked);
    expect(await readAccount(sandbox, 'pub')).toMatchObject({
      client_id: 'public-dc-client',
      uses_pub_client: true,
      auth_scope: 'openid offline_access profile',
    });
    // What we do not know of stays in the file.
    expect(JSON.parse(readFileSync(join(sandbox.accounts, 'issuer.config'), 'utf8'))).toMatchObject([
      { pubclient, mine: { kept: true }, accounts: ['pub'] },
    ]);
  });

  it('default_scope is what oidc-gen suggests', async () => {
    issuerConfig([{ issuer: iam.issuer, pubclient, default_scope: 'openid offline_access' }]);
    expect(await gen(['--pub', '--iss', iam.issuer, 'suggested'])).toMatchObject(worked);
    issuerConfig([]);
    expect((await readAccount(sandbox, 'suggested')).auth_scope).toBe('openid offline_access');
  });

  it('user_client is used without asking, also where there is no public one, and is still there afterwards', async () => {
    const user_client = { client_id: 'device-code-client', client_secret: 'secret' };
    issuerConfig([{ issuer: iam.issuer, user_client }]);
    expect(await gen(['-w', 'device', '--iss', iam.issuer, ...scope, 'user'])).toMatchObject(worked);
    expect((await readAccount(sandbox, 'user')).client_id).toBe('device-code-client');
    expect((await sandbox.run('oidc-add', ['-R'])).code).toBe(0);
    expect((await sandbox.run('oidc-add', ['--pw-env', 'user'], withPassword)).code).toBe(0);
    expect(readFileSync(join(sandbox.accounts, 'issuer.config'), 'utf8')).toContain('device-code-client');
    issuerConfig([]);
  });

  it.each([
    ['where none is known', []],
    ['in place of the one that is known', [{ client_id: 'unknown-to-the-issuer' }]],
  ])('--pub with --client-id takes the client that is named, %s', async (_, known) => {
    issuerConfig(known.map((pubclient) => ({ issuer: iam.issuer, pubclient })));
    const client = ['--client-id=public-dc-client', '--client-secret='];
    expect(
      await gen(['--pub', ...client, '--iss', iam.issuer, ...scope, `named-${known.length}`]),
    ).toMatchObject(worked);
    issuerConfig([]);
    expect(await readAccount(sandbox, `named-${known.length}`)).toMatchObject({
      client_id: 'public-dc-client',
      client_secret: undefined,
      uses_pub_client: true,
    });
  });

  it('--pub with --client-id asks for no secret, and expects the browser where public clients do', async () => {
    const args = ['--pub', '-w', 'code', '--no-url-call', '--pw-env', '--client-id=a-public-client'];
    const issuer = await startIssuer();
    const terminal = new Terminal(
      sandbox,
      'oidc-gen',
      [...args, '--iss', issuer.url, ...scope, 'code'],
      withPassword,
    );
    await terminal.waitFor(/client_id=a-public-client/);
    await terminal.waitFor(/redirect_uri=http%3A%2F%2Flocalhost%3A(8080|4242|43985)/);
    expect(terminal.screen).not.toContain('Client secret');
    terminal.press('\x03');
    await terminal.exit();
  });

  it('--pub where none is known is an error that says how to get a client', async () => {
    const outcome = await gen(['--pub', '--iss', iam.issuer, ...scope, 'nopub']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^Error: Could not find a public client for this issuer\.\nhint: /);
  });
});

it('a client whose secret ends is registered with a warning that says when', async () => {
  const client = { client_id: 'c', client_secret: 's', client_secret_expires_at: 2_000_000_000 };
  const { url } = await startIssuer({ '/register': { status: 201, json: client } });
  const { stdout, stderr } = await sandbox.run('jeton', ['register', '--issuer', url]);
  expect(JSON.parse(stdout)).toMatchObject(client);
  expect(stderr).toMatch(/^The secret of the client is valid until 2033-05-1\d [\d:]+\. /m);
});

it('a misspelt scope is warned about, with the one that was meant', async () => {
  const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
  const misspelt = ['-w', 'device', '--iss', issuer.url, '--scope=openid offline_acess', 'misspelt'];
  expect((await gen(misspelt)).stderr).toContain(
    'The issuer does not list the scope offline_acess\nhint: did you mean offline_access?\n',
  );
});

describe('an issuer that registers no client', () => {
  const refusal: Answer = { status: 403, json: { error: 'Registration needs "a token"' } };

  it('has its public client used instead', async () => {
    const issuer = await startIssuer({
      '/register': refusal,
      '/token': tokens('at', { refresh_token: 'rt' }),
    });
    issuerConfig([{ issuer: issuer.url, pubclient: { client_id: 'everybody' } }]);
    const { stderr, code } = await gen(['-w', 'device', '--iss', issuer.url, ...scope, 'instead']);
    expect({ stderr, code }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Registration needs "a token"'),
    });
    expect((await readAccount(sandbox, 'instead')).client_id).toBe('everybody');
  });

  it('says where a client can be had, and what it needs', async () => {
    const issuer = await startIssuer({ '/register': refusal });
    const [register, contact] = ['https://issuer.example/register', 'help@issuer.example'];
    issuerConfig([{ issuer: issuer.url, manual_register: register, contact }]);
    const { stderr, code } = await gen(['-w', 'code', '--iss', issuer.url, ...scope, 'advice']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: Registration needs "a token"\n/);
    for (const text of [
      '--at=TOKEN',
      register,
      contact,
      'refresh_token authorization_code',
      'http://localhost:4242',
      'oidc-gen -m --client-id=ID NAME',
    ]) {
      expect(stderr).toContain(text);
    }
    issuerConfig([]);
  });

  it('gets the access token of --at', async () => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    expect(await gen(['-w', 'device', '--iss', issuer.url, ...scope, '--at=initial', 'at'])).toMatchObject(
      worked,
    );
    const registration = issuer.requests.find(({ path }) => path === '/register');
    expect(registration?.headers.authorization).toBe('Bearer initial');
  });

  it('may refuse our own scheme: the client is registered without it', async () => {
    const refused: Answer = { status: 400, json: { error: 'invalid_redirect_uri' } };
    const registered: Answer = { status: 201, json: { client_id: 'second' } };
    const issuer = await startIssuer({
      '/register': [refused, registered],
      '/token': tokens('at', { refresh_token: 'rt' }),
    });
    expect(await gen(['-w', 'device', '--iss', issuer.url, ...scope, 'scheme'])).toMatchObject(worked);
    const [first, second] = issuer.requests.filter(({ path }) => path === '/register');
    expect(JSON.parse(first?.body ?? '').redirect_uris).toContain('edu.kit.data.oidc-agent:/redirect');
    expect(JSON.parse(second?.body ?? '').redirect_uris).toHaveLength(6);
  });
});

describe('an issuer that is not where one would look', () => {
  it('--configuration-endpoint reads a file, --dae and --oauth2 are kept in the account', async () => {
    const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
    const { device_authorization_endpoint, ...metadata } = issuer.metadata;
    const file = join(sandbox.folder, 'metadata.json');
    writeFileSync(file, JSON.stringify(metadata));
    const endpoint = `file://${file}`;
    const place = [
      `--configuration-endpoint=${endpoint}`,
      `--dae=${device_authorization_endpoint}`,
      '--oauth2',
    ];
    expect(await gen(['-w', 'device', '--iss', issuer.url, ...scope, ...place, 'file'])).toMatchObject(
      worked,
    );
    expect(await readAccount(sandbox, 'file')).toMatchObject({
      config_endpoint: endpoint,
      device_authorization_endpoint,
      daeSetByUser: true,
      oauth: true,
    });
    expect(issuer.requests.some(({ path }) => path.includes('.well-known'))).toBe(false);
  });

  it('a 404 with a text, and metadata without scopes_supported: RFC 8414 is asked, and that is enough', async () => {
    const issuer = await startIssuer({
      '/.well-known/openid-configuration': { status: 404, text: '<h1>Not here</h1>' },
      '/.well-known/oauth-authorization-server': (_request, response) => {
        response.end(JSON.stringify(issuer.metadata));
      },
      '/token': tokens('at', { refresh_token: 'rt' }),
    });
    expect(await gen(['-w', 'device', '--iss', issuer.url, '--scope=read', 'oauth'])).toMatchObject(worked);
    expect(await readAccount(sandbox, 'oauth')).toMatchObject({
      oauth: true,
      auth_scope: 'read offline_access',
    });
  });
});

it('custom_parameters.config: each request of the login carries what is meant for it', async () => {
  const issuer = await startIssuer({ '/token': tokens('at', { refresh_token: 'rt' }) });
  const entry = { for_issuer: [issuer.url], request: ['registration', 'device-init', 'device-polling'] };
  const file = join(sandbox.accounts, 'custom_parameters.config');
  writeFileSync(file, JSON.stringify([{ parameter: 'tenant', value: '$TENANT', ...entry }]));
  const env = { ...withPassword.env, TENANT: 'blue' };
  const outcome = await gen(['-w', 'device', '--iss', issuer.url, ...scope, 'custom'], { env });
  expect(outcome).toMatchObject(worked);
  const sent = (path: string) => issuer.requests.find((request) => request.path === path);
  expect(JSON.parse(sent('/register')?.body ?? '')).toMatchObject({ tenant: 'blue' });
  expect(sent('/devicecode')?.form.tenant).toBe('blue');
  expect(sent('/token')?.form.tenant).toBe('blue');
});
