/** Tokens without an agent, by the commands of `jeton`, as a user or a job uses them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { hasChromium, hasDebianSuite, programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { answerDeviceCode, startBrowser } from '../support/user/browser.ts';
import { Terminal } from '../support/user/terminal.ts';

const scopes = 'openid profile offline_access storage.read:/ wlcg';

describe('the commands of jeton', () => {
  const sandbox = new Sandbox();
  const clientFile = join(sandbox.folder, 'client.json');
  let iam: RunningIam;
  const jeton = (args: readonly string[], options: Parameters<Sandbox['run']>[2] = {}) =>
    sandbox.run('jeton', args, options);

  beforeAll(async () => {
    iam = await startIam(sandbox);
    const args = ['register', '--issuer', iam.issuer, '--scope', scopes, '--env', '--out', clientFile];
    const { stdout, code } = await jeton(args);
    expect(code).toBe(0);
    Object.assign(sandbox.env, variablesOf(stdout));
  });
  afterAll(() => sandbox.close());

  it('register: saves the client for its owner alone, and gives the variables for the other commands', () => {
    expect(statSync(clientFile).mode & 0o777).toBe(0o600);
    const client = JSON.parse(readFileSync(clientFile, 'utf8'));
    expect(client).toMatchObject({
      issuer_url: iam.issuer,
      client_id: sandbox.env.IAM_CLIENT_ID,
      client_secret: sandbox.env.IAM_CLIENT_SECRET,
      scope: scopes,
      auth_scope: scopes,
      registration_client_uri: expect.stringContaining(sandbox.env.IAM_CLIENT_ID ?? '?'),
      registration_access_token: expect.any(String),
    });
    expect(sandbox.env).toMatchObject({ IAM_HOSTNAME: iam.issuer, IAM_CLIENT_SCOPES: scopes });
  });

  for (const suite of ['ours', 'c'] as const) {
    it.skipIf(suite === 'c' && !hasDebianSuite)(
      `register: oidc-gen -f of the suite '${suite}' takes the file (c needs oidc-agent-cli)`,
      async () => {
        const peer = new Sandbox();
        await startAgent(peer, { suite });
        const args = ['-w', 'device', '-f', clientFile, '--prompt=none', '--pw-cmd=echo pw'];
        const noBrowser = suite === 'c' ? ['--no-url-call'] : [];
        const { stdout } = await peer.run('oidc-gen', [...args, ...noBrowser, 'x'], { suite });
        expect(stdout).toContain('Everything setup correctly!');
        expect(stdout).not.toContain('Registering Client');
        const { stdout: token } = await peer.run('oidc-token', ['x'], { suite });
        const { stdout: claims } = await jeton(['inspect', '--json'], { input: token });
        expect(JSON.parse(claims).claims).toMatchObject({ client_id: sandbox.env.IAM_CLIENT_ID });
        await peer.close();
      },
    );
  }

  it('device-code: stdout holds the token and nothing else', async () => {
    const { stdout, stderr, code } = await jeton(['device-code']);
    expect({ stderr, code }).toEqual({ stderr: expect.stringContaining('enter the code: '), code: 0 });
    expect(stdout).toMatch(/^[\w.-]+\n$/);
    const { stdout: shown } = await jeton(['inspect', '--issuer', iam.issuer], { input: stdout });
    expect(shown).toContain(`scopes:    ${scopes}\n`);
    expect(shown).toContain('signature: RS256, verified\n');
    expect(shown).toMatch(/^expires: .* \(in (59 minutes.*|1 hour)\)$/m);
  });

  it('device-code: says which scopes did not come, here a missing right to refresh', async () => {
    const issuer = await startIssuer({ '/token': tokens('at', { scope: 'openid' }) });
    const args = ['device-code', '--issuer', issuer.url, '--client-id', 'public', '--scope', 'openid email'];
    const { stdout, stderr, code } = await jeton(args, { env: { IAM_CLIENT_SECRET: undefined } });
    expect({ stdout, code }).toEqual({ stdout: 'at\n', code: 0 });
    expect(stderr).toContain('Warning: the issuer left out these scopes: email');
  });

  it('device-code: address, code, QR code and time show on the terminal whatever is captured', async () => {
    const script = 'TOKEN=$(jeton device-code 2>/dev/null) && echo "captured: $TOKEN."';
    const env = { PATH: `${dirname(programPath('jeton'))}:${sandbox.env.PATH}` };
    const terminal = new Terminal(sandbox, '/bin/sh', ['-c', script], { env });
    await terminal.waitFor(/visit:\nhttp\S+\n/);
    await terminal.waitFor(/enter the code: \S+/);
    await terminal.waitFor(/\u2580/);
    await terminal.waitFor(/(9:5\d|10:00) left/);
    await terminal.waitFor(/captured: [\w.-]+\.$/m);
    expect(await terminal.exit()).toBe(0);
  });

  it.skipIf(!hasChromium)('device-code: approved on a phone (needs chromium)', async () => {
    const { issuer } = await startIam(sandbox, []);
    const lines = await jeton(['register', '--issuer', issuer, '--public', '--scope', 'openid', '--env']);
    const env = variablesOf(lines.stdout);
    expect(Object.keys(env)).toEqual(['IAM_HOSTNAME', 'IAM_CLIENT_ID', 'IAM_CLIENT_SCOPES']);
    const terminal = new Terminal(sandbox, 'jeton', ['device-code'], {
      env: { ...env, IAM_CLIENT_SECRET: '' },
    });
    const [, url = ''] = await terminal.waitFor(/visit:\n(http\S+)/);
    const [, userCode = ''] = await terminal.waitFor(/enter the code: (\S+)/);
    const browser = await startBrowser(sandbox);
    expect(await answerDeviceCode(browser, { url, userCode })).toContain('has been approved');
    await terminal.waitFor(/gives up\)eyJ[\w.-]+\n/);
    expect(await terminal.exit()).toBe(0);
  });

  it('Ctrl-C ends the wait for a login', async () => {
    const issuer = await startIssuer({ '/token': { status: 400, json: { error: 'authorization_pending' } } });
    const terminal = new Terminal(sandbox, 'jeton', ['device-code', '--issuer', issuer.url]);
    await terminal.waitFor(/left \(Ctrl-C gives up\)/);
    terminal.press('\u0003');
    await terminal.waitFor(/Interrupted\./);
    expect(await terminal.exit()).toBe(130);
  });

  it('a login, and all that can be done with it until it is revoked', async () => {
    const file = join(sandbox.folder, 'login');
    expect(await jeton(['device-code', '--env', '--out', file])).toMatchObject({ stdout: '', code: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, 'utf8');
    expect(lines).toMatch(/^export IAM_ACCESS_TOKEN="[^"]+"\nexport IAM_REFRESH_TOKEN="[^"]+"$/);
    const env = variablesOf(lines);

    const user = JSON.parse((await jeton(['userinfo'], { env })).stdout);
    expect(user).toMatchObject({ sub: expect.any(String), preferred_username: 'test' });
    const known = JSON.parse((await jeton(['introspect'], { env })).stdout);
    expect(known).toMatchObject({ active: true, sub: user.sub, client_id: sandbox.env.IAM_CLIENT_ID });

    const narrow = await jeton(['refresh', '-s', 'storage.read:/home', '--aud', 'se.example', '--json'], {
      env,
    });
    const answer = JSON.parse(narrow.stdout);
    expect(answer).toMatchObject({ token_type: 'Bearer', scope: 'storage.read:/home' });
    const inspected = await jeton(['inspect'], { input: answer.access_token });
    expect(inspected.stdout).toContain('audience:  se.example\n');
    const nameless = await jeton(['userinfo', '-'], { input: answer.access_token });
    expect(nameless.stderr).toContain('hint: the token needs the scope openid');

    expect(await jeton(['revoke'], { env })).toMatchObject({ stdout: '', stderr: '', code: 0 });
    const dead = await jeton(['refresh'], { env });
    expect(dead).toMatchObject({ stdout: '', code: 77 });
    expect(dead.stderr).toContain('hint: log in again: jeton device-code');
    expect(dead.stderr).not.toContain(env.IAM_REFRESH_TOKEN);
    const gone = await jeton(['introspect', '-'], { input: answer.access_token });
    expect(JSON.parse(gone.stdout)).toEqual({ active: false });
  });

  it('refresh: a refresh token that the issuer replaces is not lost', async () => {
    const issuer = await startIssuer({
      '/token': [tokens('a1', { refresh_token: 'new 1' }), tokens('a2', { refresh_token: 'new 2' })],
    });
    const file = join(sandbox.folder, 'refresh-token');
    writeFileSync(file, 'old\n');
    const named = ['refresh', '--issuer', issuer.url, '--refresh-token-file', file];
    expect(await jeton(named)).toMatchObject({ stdout: 'a1\n', stderr: '', code: 0 });
    expect(readFileSync(file, 'utf8')).toBe('new 1');

    const env = { REFRESH_TOKEN: 'old' };
    const { stdout, stderr } = await jeton(['refresh', '--issuer', issuer.url], { env });
    expect(stdout).toBe('a2\n');
    expect(stderr).not.toContain('new 2');
    const [, place = ''] = /the new one is in (\S+)/.exec(stderr) ?? [];
    expect(readFileSync(place, 'utf8')).toBe('new 2');
    expect(statSync(place).mode & 0o777).toBe(0o600);
  });

  it('refresh: nor when the place for the output is gone meanwhile', async () => {
    const folder = join(sandbox.folder, 'gone');
    mkdirSync(folder);
    const issuer = await startIssuer({
      '/token': (_request, response) => {
        rmSync(folder, { recursive: true });
        response.end(JSON.stringify({ access_token: 'at', token_type: 'Bearer', refresh_token: 'new' }));
      },
    });
    const args = ['refresh', '--issuer', issuer.url, '--env', '--out', join(folder, 'tokens')];
    const { stderr, code } = await jeton(args, { env: { REFRESH_TOKEN: 'old' } });
    expect(code).toBe(1);
    expect(stderr).toContain('Error: could not write');
    const [, place = ''] = /the new one is in (\S+)/.exec(stderr) ?? [];
    expect(readFileSync(place, 'utf8')).toBe('new');
  });

  it('client-credentials: refused as IAM does it, and granted where it is allowed', async () => {
    const refused = await jeton(['client-credentials']);
    expect(refused).toMatchObject({ stdout: '', code: 1 });
    expect(refused.stderr).toContain('Error: invalid_client: Unauthorized grant type');
    expect(refused.stderr).toContain('hint: this client may not use this grant');
    const issuer = await startIssuer({ '/token': tokens('at', { scope: 'a' }) });
    const granted = await jeton(['client-credentials', '--issuer', issuer.url, '-s', 'a', '--json']);
    expect(JSON.parse(granted.stdout)).toMatchObject({ access_token: 'at', scope: 'a' });
  });

  it('exchange: hands over the token of the variable', async () => {
    const issuer = await startIssuer({ '/token': tokens('exchanged') });
    const env = { IAM_SUBJECT_TOKEN: 'subject', IAM_TOKEN_ENDPOINT: `${issuer.url}/token` };
    expect(await jeton(['exchange'], { env })).toMatchObject({ stdout: 'exchanged\n', code: 0 });
    expect(issuer.requests.at(-1)?.form).toMatchObject({ subject_token: 'subject', scope: scopes });
  });

  describe('bad input', () => {
    it('variables that are missing are named all at once', async () => {
      const env = { IAM_CLIENT_ID: undefined, IAM_CLIENT_SECRET: undefined, IAM_HOSTNAME: undefined };
      const { stdout, stderr, code } = await jeton(['device-code'], { env });
      expect({ stdout, code }).toEqual({ stdout: '', code: 64 });
      expect(stderr).toContain('Error: 3 settings are missing\n');
      for (const name of ['IAM_DEVICE_CODE_CLIENT_ID', 'IAM_DEVICE_CODE_ENDPOINT', 'IAM_TOKEN_ENDPOINT']) {
        expect(stderr).toContain(name);
      }
    });

    it('a wrong secret', async () => {
      const env = { IAM_CLIENT_SECRET: 'wrong-secret', REFRESH_TOKEN: 'x' };
      const { stderr, code } = await jeton(['refresh'], { env });
      expect(code).toBe(1);
      expect(stderr).toContain('Error: unauthorized: Bad credentials');
      expect(stderr).toContain('hint: check the client id, and its secret');
      expect(stderr).not.toContain('wrong-secret');
    });

    it('an address where there is a web page', async () => {
      const page = { text: '<html>Welcome</html>', headers: { 'content-type': 'text/html' } };
      const issuer = await startIssuer({ '/token': page });
      const env = { REFRESH_TOKEN: 'x', IAM_TOKEN_ENDPOINT: `${issuer.url}/token` };
      const { stderr, code } = await jeton(['refresh'], { env });
      expect(code).toBe(1);
      expect(stderr).toContain('unexpected response, JSON expected');
      expect(stderr).toContain('hint: is this the right address?');
    });

    it('an issuer that is not there', async () => {
      const env = { IAM_TOKEN_ENDPOINT: 'http://127.0.0.1:1/token', REFRESH_TOKEN: 'x' };
      const { stderr, code } = await jeton(['refresh'], { env });
      expect(code).toBe(69);
      expect(stderr).toContain('connection refused');
    });

    it('no token on standard input', async () => {
      const { stderr, code } = await jeton(['userinfo'], { input: '\n' });
      expect(code).toBe(1);
      expect(stderr).toContain('there is no token in standard input');
    });

    it('a token that its issuer did not sign is shown, and refused', async () => {
      const unsigned = `${encode({ alg: 'none' })}.${encode({ iss: iam.issuer, sub: 'x\u001b[2J' })}.`;
      const { stdout, stderr, code } = await jeton(['inspect', '--issuer', iam.issuer], { input: unsigned });
      expect(code).toBe(1);
      expect(stdout).toContain('subject:   "x\\u001b[2J"\n');
      expect(stderr).toContain(`Error: The token is not valid at ${iam.issuer}: `);
    });

    it('jeton reports a file that it cannot write before the login', async () => {
      const { stderr, code } = await jeton(['device-code', '--out', '/nowhere/token']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Error: could not write '\/nowhere\/token': no such file or directory/);
    });

    it.each([
      [['devicecode'], "jeton: unknown command 'devicecode'\n"],
      [[], 'jeton: no command given; without one, jeton needs a terminal\n'],
      [['logout'], "jeton: unknown command 'logout'\n"],
      [['refresh', '--json', '--env'], "jeton refresh: options '--json' and '--env' exclude each other"],
      [['password', '--password=x'], 'jeton password: '],
      [['userinfo', 'a', 'b'], 'Usage: jeton userinfo [OPTION...] [FILE]'],
    ])('%j is a wrong command line', async (args, message) => {
      const { stdout, stderr, code } = await jeton(args);
      expect({ stdout, code }).toEqual({ stdout: '', code: 64 });
      expect(stderr.startsWith(message)).toBe(true);
    });
  });

  it('--help lists every command, each of which has help of its own', async () => {
    const { stdout, code } = await jeton(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name = '']) => name);
    expect(names).toHaveLength(13);
    for (const name of names) {
      const help = await jeton([name, '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout.startsWith(`Usage: jeton ${name} `)).toBe(true);
    }
  });
});

/** What a shell knows after it has read the lines. */
function variablesOf(lines: string): Record<string, string> {
  const names = [...lines.matchAll(/^export (\w+)=/gm)].map(([, name = '']) => name);
  const script = `${lines}\n${names.map((name) => `printf '%s\\0' "$${name}"`).join('\n')}`;
  const values = execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' }).split('\0');
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
