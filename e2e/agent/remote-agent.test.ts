/** An agent on another computer, which is reached by TCP: here through a relay to its socket. */
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../packages/agent/test/scripted-issuer.ts';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

let sandbox: Sandbox;
/** The other computer, with an agent that knows no accounts of its own. */
let other: Sandbox;
let travelled: string;
beforeEach(async () => {
  [sandbox, other, travelled] = [new Sandbox(), new Sandbox(), ''];
  const { socket } = await startAgent(other);
  sandbox.env.OIDC_REMOTE_SOCK = `127.0.0.1:${await startRelay(socket)}`;
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
});
afterEach(async () => {
  await sandbox.close();
  await other.close();
});

/** Passes on what comes by TCP to a UNIX socket, and back. Gives its port. */
async function startRelay(path: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const agent = connect({ path, allowHalfOpen: true });
    for (const [from, to] of [
      [client, agent],
      [agent, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (piece) => (travelled += piece.toString('latin1'))).on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  sandbox.onClose(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return await listen(server);
}

const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args], withPassword);
const loadedThere = async () => (await other.run('oidc-add', ['-a'])).stdout;

describe('oidc-add --remote', () => {
  it('loads, lists and unloads accounts there', async () => {
    expect(await load('--remote', 'wlcg')).toMatchObject({
      stdout: 'success\n',
      stderr: expect.stringMatching(/^The account is in memory only: .*\n$/),
      code: 0,
    });
    expect(await loadedThere()).toBe('wlcg\n');
    expect((await load('--remote', '-a')).stdout).toBe('wlcg\n');
    expect((await load('--remote', 'wlcg')).stdout).toBe("Account 'wlcg' already loaded\n");
    expect(await load('--remote', '-r', 'wlcg')).toMatchObject({ stdout: 'success\n', code: 0 });
    expect(await loadedThere()).toBe('');
  });

  it('sends everything encrypted', async () => {
    expect(await load('--remote', 'wlcg')).toMatchObject({ code: 0 });
    expect(travelled.length).toBeGreaterThan(500);
    expect(travelled).not.toMatch(/wlcg|request|success|refresh/);
  });

  it('locks that agent', async () => {
    const terminal = new Terminal(sandbox, 'oidc-add', ['--remote', '--lock']);
    for (const question of [/Enter lock password/, /Confirm lock password/]) {
      await terminal.waitFor(question);
      terminal.type('secret');
    }
    expect(await terminal.exit()).toBe(0);
    expect(await other.run('oidc-add', ['-a'])).toMatchObject({
      stderr: expect.stringContaining('Agent locked'),
    });
  });

  it.each([
    [
      undefined,
      "Could not get the socket path from env var 'OIDC_REMOTE_SOCK'. Have you set the env var?",
      '',
    ],
    ['127.0.0.1:1', 'Could not connect to oidc-agent', 'ECONNREFUSED 127.0.0.1:1 (OIDC_REMOTE_SOCK)'],
    ['[::1]:1', 'Could not connect to oidc-agent', '::1:1 (OIDC_REMOTE_SOCK)'],
    ['127.0.0.1', 'Could not connect to oidc-agent', '127.0.0.1:42424 (OIDC_REMOTE_SOCK)'],
    ['127.0.0.1:http', 'Could not connect to oidc-agent', 'OIDC_REMOTE_SOCK has to be HOST or HOST:PORT'],
    ['127.0.0.1:99999', 'Could not connect to oidc-agent', 'OIDC_REMOTE_SOCK has to be HOST or HOST:PORT'],
  ])('to %s says what is wrong', async (OIDC_REMOTE_SOCK, error, hint) => {
    const { stderr, code } = await sandbox.run('oidc-add', ['--remote', '-a'], { env: { OIDC_REMOTE_SOCK } });
    expect(stderr.split('\n')[0]).toBe(`Error: ${error}`);
    expect(stderr).toContain(hint);
    expect(code).toBe(69);
  });
});

describe('oidc-token', () => {
  const token = (options = {}) => sandbox.run('oidc-token', ['elsewhere'], options);
  beforeEach(async () => {
    const { metadata } = await startIssuer({ '/token': tokens('of-the-other') });
    await writeAccount(other, { name: 'elsewhere', issuer_url: metadata.issuer });
    expect(await other.run('oidc-add', ['--pw-env', 'elsewhere'], withPassword)).toMatchObject({ code: 0 });
  });

  it('asks there when there is no agent here', async () => {
    expect(await token()).toMatchObject({ stdout: 'of-the-other\n', stderr: '', code: 0 });
  });

  it('asks there when the account is not known here', async () => {
    await startAgent(sandbox);
    expect(await token()).toMatchObject({ stdout: 'of-the-other\n', stderr: '', code: 0 });
    expect((await load('wlcg')).code).toBe(0);
    expect(await sandbox.run('oidc-token', ['wlcg'])).toMatchObject({ stdout: 'token\n', code: 0 });
  });

  it('reports the error of the agent here when the agent there gives no token either', async () => {
    await startAgent(sandbox);
    const failed = { stdout: '', stderr: expect.stringMatching(/^Error: No account configured/), code: 1 };
    expect(await sandbox.run('oidc-token', ['nowhere'])).toMatchObject(failed);
    expect(await token({ env: { OIDC_REMOTE_SOCK: '127.0.0.1:1' } })).toMatchObject(failed);
  });

  it.skipIf(!hasDebianSuite)('of the C suite gets it as ours does (needs oidc-agent-cli)', async () => {
    await startAgent(sandbox);
    expect(await token({ suite: 'c' })).toMatchObject({ stdout: 'of-the-other\n', code: 0 });
  });
});
