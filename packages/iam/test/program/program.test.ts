import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json } from '../support/test-iam.ts';

const ENTRY = fileURLToPath(new URL('../../src/program/jeton-iam.ts', import.meta.url));

let folder = '';
const program = () => join(folder, 'jeton-iam.mjs');
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jeton-iam-'));
  const require =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    entryPoints: [ENTRY],
    outfile: program(),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    banner: { js: require },
    external: ['node-sqlite3-wasm'],
  });
  // The program finds libraries that are not bundled as if they were installed beside it.
  await symlink(
    fileURLToPath(new URL('../../../../node_modules', import.meta.url)),
    join(folder, 'node_modules'),
  );
});

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs the program to its end. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program(), ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Starts the program and waits for its first line. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [program(), ...args], { stdio: 'pipe' });
  started.push(child);
  const exit = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [line] = await once(child.stdout, 'data');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exit;
  };
  return { line: String(line), pid: child.pid, stdin: child.stdin, exit, end, stderr: () => stderr };
}

describe('jeton-iam', () => {
  it('prints only its address when ready, and ends at once on a signal', async () => {
    const iam = await start('--port', '0');
    expect(iam.line).toMatch(/^IAM ready at http:\/\/localhost:\d+\/\n$/);
    expect(await iam.end('SIGTERM')).toEqual([0, null]);
    expect(iam.stderr()).toBe("Log in as test or admin with the password 'password'\n");
  });

  it('says how to log in with users of a configuration, and which certificate to trust', async () => {
    const config = join(folder, 'greeted.yaml');
    const certificate = join(folder, 'own.pem');
    const users = ['alice', 'bob', 'carol'].map(
      (username) => `{ username: ${username}, password: x, disabled: ${username === 'bob'} }`,
    );
    await writeFile(config, `users: [${users.join(', ')}]`, { mode: 0o600 });
    const options = ['--config', config, '--auto-approve', 'alice', '--tls-self-signed', certificate];
    const iam = await start('--port', '0', ...options);
    expect(iam.line).toMatch(/^IAM ready at https:/);
    await iam.end('SIGTERM');
    expect(iam.stderr()).toBe(
      `Log in as alice or carol with the password in ${config}
All requests are approved as alice, without a login
Certificate for oidc-gen --cp and curl --cacert: ${certificate}
`,
    );
  });

  it('warns if other machines can log in with public passwords, or need none', async () => {
    const config = join(folder, 'own.yaml');
    await writeFile(config, 'users: [{ username: alice, password: wonderland }]', { mode: 0o600 });
    const warnings = async (...args: string[]) => {
      const iam = await start('--port', '0', '--json', '--host', '0.0.0.0', ...args);
      await iam.end('SIGTERM');
      return iam.stderr();
    };
    expect(await warnings()).toMatch(/^Warning: .* passwords of its users are public\nhint: .*--config FILE/);
    expect(await warnings('--auto-approve', 'test')).toMatch(/^Warning: .* tokens of test without a login\n/);
    expect(await warnings('--config', config)).toBe('');
  });

  it('replaces the certificate of an earlier start, and no other file', async () => {
    const file = join(folder, 'replaced.pem');
    const start1 = await start('--port', '0', '--tls-self-signed', file);
    await start1.end('SIGTERM');
    const first = await readFile(file, 'utf8');
    const start2 = await start('--port', '0', '--tls-self-signed', file);
    await start2.end('SIGTERM');
    expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    expect(await readFile(file, 'utf8')).not.toBe(first);
    await writeFile(file, 'my diary\n');
    expect(await run('--port', '0', '--tls-self-signed', file)).toMatchObject({
      code: 1,
      stderr: `Error: ${file} is not a certificate; jeton-iam does not overwrite it\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('my diary\n');
  });

  it('prints JSON, approves for a user, and logs requests with the options for it', async () => {
    const iam = await start('--port', '0', '--json', '--auto-approve', 'test', '--verbose');
    const ready: unknown = JSON.parse(iam.line);
    expect(ready).toEqual({ issuer: expect.any(String), port: expect.any(Number), pid: iam.pid });
    const { issuer } = ready as { issuer: string };
    const response = await fetch(`${issuer}devicecode`, {
      method: 'POST',
      body: 'client_id=device-code-client',
    });
    const { device_code } = await json(response);
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const client = { client_id: 'device-code-client', client_secret: 'secret' };
    const form = new URLSearchParams({ ...client, grant_type, device_code: String(device_code) });
    expect((await fetch(`${issuer}token`, { method: 'POST', body: form })).status).toBe(200);
    expect(await iam.end('SIGINT')).toEqual([0, null]);
    expect(iam.stderr()).toBe('POST /devicecode 200\nPOST /token 200\n');
  });

  it('stops when its standard input closes, if the option says so', async () => {
    const data = join(folder, 'until.db');
    const iam = await start('--port', '0', '--until-stdin-closes', '--data', data);
    iam.stdin.end();
    expect(await iam.exit).toEqual([0, null]);
    expect((await readdir(folder)).filter((name) => name.startsWith('until.db'))).toEqual(['until.db']);
    const ended = await start('--port', '0');
    ended.stdin.end();
    expect(await ended.end('SIGTERM')).toEqual([0, null]);
  });

  it('prints help', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('--auto-approve'),
    });
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^jeton-iam \d+\.\d+/),
    });
  });

  it.each([
    [['--nope'], "Unknown option '--nope'\n"],
    [['--prot', '1'], "Unknown option '--prot'; did you mean --port?"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--port', '99999'], "'99999' is not a port"],
    [['--port', 'http'], "'http' is not a port"],
    [['--profile', 'x509'], "--profile must be one of iam, wlcg, aarc, kc, not 'x509'\n"],
    [['--issuer', 'iam.example'], "'iam.example' is not an issuer"],
    [['--issuer', 'https://iam.example/path'], 'is not an issuer'],
    [['--external', 'https://iam.example'], '--external and --external-client are needed together'],
    [
      ['--external', 'http://iam.example', '--external-client', 'x'],
      'must be https, or http on this machine',
    ],
    [['--tls-cert', 'x', '--tls-key', 'x', '--tls-self-signed', 'x'], 'so leave out --tls-cert'],
    [['--tls-cert', 'x'], '--tls-cert and --tls-key are needed together'],
  ])('prints its usage for the invalid arguments %j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain("\nTry 'jeton-iam --help'");
  });

  it('says which address it cannot have', async () => {
    expect((await run('--port', '0', '--host', '192.0.2.1')).stderr).toMatch(
      /^Error: 192\.0\.2\.1 is not an address of this machine\nhint: /,
    );
  });

  it('has a hint for a port in use', async () => {
    const iam = await start('--port', '0', '--json');
    const { port } = JSON.parse(iam.line) as { port: number };
    expect(await run('--port', String(port))).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: port ${port} is already in use, perhaps by another jeton-iam\nhint: choose another one with --port N, or let jeton-iam choose: --port 0\n`,
    });
    await iam.end('SIGTERM');
  });

  it('keeps its state in a file that survives a kill and that no other process may use', async () => {
    const data = join(folder, 'state.db');
    const args = [
      '--port',
      '0',
      '--json',
      '--auto-approve',
      'test',
      '--behave',
      'rotation=rotate',
      '--data',
      data,
    ];
    const issuerOf = ({ line }: { line: string }) => (JSON.parse(line) as { issuer: string }).issuer;
    const post = async (issuer: string, path: string, form: Record<string, string>) => {
      const client = { client_id: 'device-code-client', client_secret: 'secret' };
      const body = new URLSearchParams({ ...client, ...form });
      return json(await fetch(`${issuer}${path}`, { method: 'POST', body }));
    };
    const first = await start(...args);
    const { device_code } = await post(issuerOf(first), 'devicecode', {});
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const tokens = await post(issuerOf(first), 'token', { grant_type, device_code: String(device_code) });
    const refresh = (issuer: string, { refresh_token }: { refresh_token?: unknown }) =>
      post(issuer, 'token', { grant_type: 'refresh_token', refresh_token: String(refresh_token) });
    const rotated = await refresh(issuerOf(first), tokens);
    expect(await run('--port', '0', '--data', data)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: cannot keep state in ${data}: process ${first.pid} is using it
hint: if that is not jeton-iam, remove ${data}.pid and try again
`,
    });
    await first.end('SIGKILL');

    const second = await start(...args);
    expect(await refresh(issuerOf(second), tokens)).toMatchObject({ error: 'invalid_token' });
    expect(await refresh(issuerOf(second), rotated)).toMatchObject({ token_type: 'Bearer' });
    expect(await second.end('SIGTERM')).toEqual([0, null]);
    expect((await readdir(folder)).filter((name) => name.startsWith('state.db'))).toEqual(['state.db']);
  });

  it('prints the position of a mistake in a configuration file', async () => {
    const config = join(folder, 'iam.yaml');
    await writeFile(config, 'users:\n  - username: alice\n    pasword: x\n');
    expect(await run('--config', config)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: ${config}:3:5: users[0].pasword is not known here; did you mean password?\nhint: docs/iam.md describes this file\n`,
    });
    expect((await run('--config', join(folder, 'none.yaml'))).stderr).toMatch(/^Error: .*none\.yaml/);
    expect((await run('--behave', 'status=1')).stderr).toContain("'status=1': status must be at least 400");
    const unknown = "--like must be one of keycloak, entra, google, okta, egi-checkin, not 'auth0'";
    expect(await run('--like', 'auth0')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(unknown),
    });
  });

  it('imitates another issuer, and --behave overrides it', async () => {
    const { line, end } = await start('--port', '0', '--json', '--like', 'google', '--behave', 'interval=1');
    const { issuer } = JSON.parse(line) as { issuer: string };
    const body = new URLSearchParams({ client_id: 'device-code-client' });
    const device = await json(await fetch(`${issuer}devicecode`, { method: 'POST', body }));
    expect(device).toMatchObject({ verification_url: `${issuer}device`, interval: 1 });
    await end('SIGTERM');
  });

  it('names the missing file or user', async () => {
    const nobody = await run('--auto-approve', 'nobody');
    expect([nobody.code, nobody.stderr]).toEqual([
      1,
      "Error: there is no user 'nobody'; the users are: test, admin\n",
    ]);
    const noFile = await run('--tls-cert', '/nonexistent/cert', '--tls-key', '/nonexistent/key');
    expect(noFile.code).toBe(1);
    expect(noFile.stderr).toContain('/nonexistent/cert');
    const noKey = await run('--port', '0', '--tls-cert', ENTRY, '--tls-key', ENTRY);
    expect(noKey.code).toBe(1);
    expect(noKey.stderr).toMatch(/^Error: .*\n/);
  });

  it('creates a token for its control endpoints, and uses it again', async () => {
    const file = join(folder, 'control-token');
    const iam = await start('--port', '0', '--json', '--control-token-file', file);
    const { issuer } = JSON.parse(iam.line) as { issuer: string };
    const token = (await readFile(file, 'utf8')).trim();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const requests = (headers: Record<string, string>) => fetch(`${issuer}dev/requests`, { headers });
    expect((await requests({})).status).toBe(401);
    expect((await requests({ authorization: `Bearer ${token}` })).status).toBe(200);
    await iam.end('SIGTERM');
    const again = await start('--port', '0', '--json', '--control-token-file', file);
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
    await again.end('SIGTERM');
    expect(again.stderr()).toBe('');
  });

  it.each([
    ['sixteen-letters!\n', 0o644, /other users .* can read or change the token in .*\nhint: chmod 600 /],
    ['sixteen-letters!\n', 0o620, /other users .* can read or change the token in .*\nhint: chmod 600 /],
    ['fifteen-letters\n', 0o600, /has no token: .*\nhint: rm /],
    ['', 0o600, /has no token/],
    ['two words of a text', 0o600, /has no token/],
    ['x'.repeat(5000), 0o600, /has no token/],
  ])('does not start with %j (mode %o) for its control token', async (text, mode, message) => {
    const file = join(folder, 'bad-token');
    await writeFile(file, text);
    await chmod(file, mode);
    const { code, stdout, stderr } = await run('--port', '0', '--control-token-file', file);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
    expect(stderr).not.toContain('letters!');
  });

  it('does not wait for a pipe in the place of its control token file', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(await run('--port', '0', '--control-token-file', pipe)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: ${pipe} is not a file\n`,
    });
  });

  it('warns about files with secrets that other users can read, and starts', async () => {
    const config = join(folder, 'users.yaml');
    await writeFile(config, 'users: [{ username: alice, password: wonderland }]\n', { mode: 0o644 });
    const warned = await start('--port', '0', '--json', '--config', config);
    await warned.end('SIGTERM');
    expect(warned.stderr()).toBe(
      `Warning: other users of this machine can read the secrets in ${config}\nhint: chmod 600 ${config}\n`,
    );
    await chmod(config, 0o600);
    const quiet = await start('--port', '0', '--json', '--config', config);
    await quiet.end('SIGTERM');
    expect(quiet.stderr()).toBe('');
    await writeFile(join(folder, 'profile.yaml'), 'profile: iam\n', { mode: 0o644 });
    const harmless = await start('--port', '0', '--json', '--config', join(folder, 'profile.yaml'));
    await harmless.end('SIGTERM');
    expect(harmless.stderr()).toBe('');
  });
});
