/**
 * Programs show a user text of issuers, files and other programs. It has no characters that the terminal obeys, that change the
 * direction of writing, or that are invisible. In JSON they are escaped, also into a pipe.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { refusal, startIssuer } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

/** Clears the screen, sets the title, turns the direction of writing, begins a line, hides a letter. */
const HOSTILE = 'a\u009b2J\u009d0;owned\u009c b\u202egpj.exe\u2066c\u061c\u200e d\u2028e\u200bf\ufeffg';
/** The same, as the program shows it to a user. */
const SHOWN = 'a?2J?0;owned? b?gpj.exe?c?? d?e?f?g';
const unfit = /(?![\n\t])[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

const sandbox = new Sandbox();
const env = { OIDC_ENCRYPTION_PW: PASSWORD, IAM_CLIENT_SECRET: 'secret', NO_COLOR: '1' };
const name = 'wl\u202ecg\u200b';
/** The claims of a JSON Web Token without a valid signature. */
const token = ['{"alg":"RS256"}', JSON.stringify({ iss: HOSTILE, sub: ['x', HOSTILE], exp: 1 }), 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

beforeAll(async () => {
  await startAgent(sandbox);
  const account = { issuer_url: 'https://issuer.example/', client_name: HOSTILE };
  for (const one of ['wlcg', name]) await writeAccount(sandbox, { ...account, name: one });
  const { code, stderr } = await sandbox.run('oidc-add', ['--skip-check', '--pw-env', name], withPassword);
  if (code !== 0) throw new Error(stderr);
  writeFileSync(join(sandbox.folder, 'token'), token);
});
afterAll(() => sandbox.close());

/** All that a program writes to a terminal that it gets for itself, and how it ends. */
async function atTerminal(program: string, args: readonly string[], more = {}) {
  const terminal = new Terminal(sandbox, program, args, { env: { ...env, ...more } });
  const code = await terminal.exit();
  return { output: terminal.output.replaceAll('\r\n', '\n'), code };
}

/** An issuer that says something of a token, as it is asked to. */
async function issuerThatSays(json: unknown): Promise<string> {
  const issuer = await startIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      const [userinfo_endpoint, introspection_endpoint] = [
        `${issuer.url}/userinfo`,
        `${issuer.url}/introspect`,
      ];
      response.end(JSON.stringify({ ...issuer.metadata, userinfo_endpoint, introspection_endpoint }));
    },
    '/userinfo': { json },
    '/introspect': { json },
  });
  return issuer.url;
}

describe('JSON', () => {
  const commands: [string, (issuer: string) => [string, ...string[]], string][] = [
    ['oidc-add -p', () => ['oidc-add', '--pw-env', '-p', 'wlcg'], 'client_name'],
    ['oidc-gen -p', () => ['oidc-gen', '--pw-env', '-p', 'wlcg'], 'client_name'],
    ['jeton inspect --json', () => ['jeton', 'inspect', '--json', join(sandbox.folder, 'token')], 'iss'],
    [
      'jeton userinfo',
      (issuer) => ['jeton', 'userinfo', '--issuer', issuer, join(sandbox.folder, 'token')],
      'name',
    ],
    [
      'jeton introspect',
      (issuer) => ['jeton', 'introspect', '--issuer', issuer, '--client-id=c', join(sandbox.folder, 'token')],
      'name',
    ],
  ];

  it.each(commands)(
    'of %s says all, and holds nothing that a terminal obeys',
    async (_command, command, member) => {
      const url = await issuerThatSays({ active: true, sub: 's', name: HOSTILE });
      const [program, ...args] = command(url);
      const piped = await sandbox.run(program, args, { env });
      const { output, code } = await atTerminal(program, args);
      expect([piped.code, code]).toEqual([0, 0]);
      for (const text of [piped.stdout, output]) {
        expect(text.match(unfit)).toBeNull();
        const json = JSON.parse(text);
        expect((json.claims ?? json)[member]).toBe(HOSTILE);
      }
    },
  );

  it('of oidc-agent --status is the same for a program that reads it', async () => {
    const { stdout } = await sandbox.run('oidc-agent', ['--status', '--json']);
    expect(stdout.match(unfit)).toBeNull();
    expect(JSON.parse(stdout).accounts).toMatchObject([{ name }]);
  });
});

describe('text at a terminal', () => {
  it.each([
    ['the accounts that there are', 'oidc-add', ['-l']],
    ['the accounts that are loaded', 'oidc-add', ['-a']],
    ['the status', 'oidc-agent', ['--status']],
    ['a token', 'jeton', ['inspect', '@token']],
    ['an error about a name', 'oidc-add', [`no${HOSTILE}`]],
    ['an error about an option', 'oidc-token', [`--no${HOSTILE}`]],
  ])('of %s is nothing but text', async (_what, program, words) => {
    const args = words.map((word) => word.replace('@', `${sandbox.folder}/`));
    const { output } = await atTerminal(program, args);
    expect(output).toMatch(/wl\?cg\?|gpj\.exe/);
    expect(output.match(unfit)).toBeNull();
  });

  it('of a question is nothing but text', async () => {
    const terminal = new Terminal(sandbox, 'oidc-add', ['-p', name], { env: { NO_COLOR: '1' } });
    await terminal.waitFor(/Enter decryption password for account config 'wl\?cg\?': /);
    expect(terminal.output).not.toContain('\u202e');
    terminal.press('\u0003');
    await terminal.exit();
  });

  it("of an issuer's refusal is nothing but text", async () => {
    const json = { error: 'access_denied', error_description: HOSTILE };
    const issuer = await startIssuer({ '/token': { status: 400, json }, '/register': refusal(HOSTILE) });
    const options = ['-w', 'device', '--scope=max', '--pw-env', '--prompt=none', '--iss', issuer.url, 'new'];
    const { output, code } = await atTerminal('oidc-gen', options);
    expect(output).toContain('gpj.exe');
    expect(output.match(unfit)).toBeNull();
    expect(code).toBe(1);
  });
});

it('a list into a pipe has the names as they are', async () => {
  expect((await sandbox.run('oidc-add', ['-a'])).stdout).toBe(`${name}\n`);
});

const oidcToken = [['', programPath('oidc-token')]];
if (hasCompiled) oidcToken.push(['compiled ', join(installPrograms(sandbox), 'oidc-token')]);

describe.each(oidcToken)('the %soidc-token', (_kind, program = '') => {
  it.each([
    ['error', { status: 'failure', error: HOSTILE, info: HOSTILE }, `Error: ${SHOWN}\n${SHOWN}\n`],
    ['remark', { status: 'success', access_token: 'token', info: HOSTILE }, `token\n${SHOWN}\n`],
    [
      'issuer',
      { status: 'success', access_token: 'token', issuer: `https://x/${'\u202e'}` },
      'Error: The answer of the agent has no usable issuer\n',
    ],
  ])('shows the %s of an agent as nothing but text', async (_what, answer, expected) => {
    const socket = join(sandbox.folder, 'hostile.sock');
    const agent = createServer((connection) => {
      connection.once('data', () => connection.end(JSON.stringify(answer)));
    }).listen(socket);
    await once(agent, 'listening');
    onTestFinished(() => void agent.close());
    const { output } = await atTerminal(program, ['wlcg'], { OIDC_SOCK: socket });
    expect(output).toBe(expected);
  });
});
