/** Clients that start the agent, where the user wants that. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentsOf } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  const account = { name: 'plain', issuer_url: metadata.issuer, client_id: 'c', refresh_token: 'r' };
  writeFileSync(join(sandbox.accounts, 'plain'), JSON.stringify(account), { mode: 0o600 });
});
afterEach(() => sandbox.close());

const configure = (autoStart: boolean) =>
  writeFileSync(
    join(sandbox.accounts, 'config'),
    JSON.stringify({ 'oidc-agent': { 'auto-start': autoStart } }),
  );
const wanted = { env: { OIDC_AGENT_AUTOSTART: '1' } };
const socket = () => `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}/oidc-agent.sock`;

describe('a client that finds no agent starts it', () => {
  const clients: [string, string[], string][] = [
    ['oidc-token', ['plain'], 'token\n'],
    ['oidc-add', ['plain'], 'success\n'],
    ['oidc-add', ['-a'], ''],
  ];

  it.each(clients)('%s %j, by OIDC_AGENT_AUTOSTART', async (program, args, stdout) => {
    expect(await sandbox.run(program, args, wanted)).toMatchObject({ stdout, stderr: '', code: 0 });
    expect(agentsOf(sandbox)).toHaveLength(1);
  });

  it.each(clients)('%s %j, by the configuration', async (program, args, stdout) => {
    configure(true);
    expect(await sandbox.run(program, args)).toMatchObject({ stdout, stderr: '', code: 0 });
    expect(agentsOf(sandbox)).toHaveLength(1);
  });

  it('oidc-gen, before it registers a client', async () => {
    const args = ['-w', 'device', '--iss', 'https://localhost:1/', '--scope=max', '--pw-env', 'new'];
    const env = { ...wanted.env, OIDC_ENCRYPTION_PW: 'secret' };
    const { stderr } = await sandbox.run('oidc-gen', args, { env });
    expect(stderr).toMatch(/^Error: could not connect to url/m);
    expect(agentsOf(sandbox)).toHaveLength(1);
  });

  it('where its socket is named, as in a shell that has seen the agent before', async () => {
    const env = { ...wanted.env, OIDC_SOCK: socket() };
    expect(await sandbox.run('oidc-token', ['plain'], { env })).toMatchObject({ stdout: 'token\n', code: 0 });
  });

  it('also in the place of one that has died', async () => {
    expect(await sandbox.run('oidc-token', ['plain'], wanted)).toMatchObject({ code: 0 });
    const [first = 0] = agentsOf(sandbox);
    await endProcess(first, 'SIGKILL');
    expect(await sandbox.run('oidc-token', ['plain'], wanted)).toMatchObject({ stdout: 'token\n', code: 0 });
    expect(agentsOf(sandbox)).not.toContain(first);
  });

  it('once, however many come at the same moment', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => sandbox.run('oidc-token', ['plain'], wanted)),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ stdout: 'token\n', stderr: '', code: 0 });
    expect(agentsOf(sandbox)).toHaveLength(1);
  });
});

describe('no client starts an agent', () => {
  const none = {
    stdout: '',
    stderr: expect.stringMatching(/^Error: Could not connect to oidc-agent\n/),
    code: 69,
  };

  it('unless the user wants it, the variable before the file', async () => {
    expect(await sandbox.run('oidc-token', ['plain'])).toMatchObject(none);
    configure(false);
    expect(await sandbox.run('oidc-token', ['plain'])).toMatchObject(none);
    configure(true);
    const env = { OIDC_AGENT_AUTOSTART: '0' };
    expect(await sandbox.run('oidc-token', ['plain'], { env })).toMatchObject(none);
    expect(agentsOf(sandbox)).toEqual([]);
  });

  it('in place of another one, which OIDC_SOCK names', async () => {
    const env = { ...wanted.env, OIDC_SOCK: join(sandbox.folder, 'forwarded') };
    expect(await sandbox.run('oidc-token', ['plain'], { env })).toMatchObject(none);
    expect(agentsOf(sandbox)).toEqual([]);
  });

  it('where the next client would not find it', async () => {
    const folder = resolve(socket(), '..');
    symlinkSync(sandbox.folder, folder);
    const { stderr, code } = await sandbox.run('oidc-token', ['plain'], wanted);
    expect([stderr, code]).toEqual([
      'Error: Could not connect to oidc-agent\nhint: oidc-agent could not be started: Error: There is no place where clients look for an agent\n',
      69,
    ]);
    expect(agentsOf(sandbox)).toEqual([]);
  });

  it('that it cannot find, and the error says so', async () => {
    const empty = join(sandbox.folder, 'empty');
    mkdirSync(empty);
    expect(await runAlone(empty)).toMatchObject({
      stderr: expect.stringMatching(/\nhint: oidc-agent could not be started: .*ENOENT/),
      code: 69,
    });
  });

  it.runIf(hasDebianSuite)('of the C suite: it would be a new one for each client', async () => {
    expect(await runAlone('/usr/bin')).toMatchObject({
      stderr: expect.stringMatching(/\nhint: oidc-agent could not be started: .*--auto-start/),
      code: 69,
    });
    expect(agentsOf(sandbox)).toEqual([]);
  });

  /** oidc-token without its suite beside it. */
  const runAlone = (path: string) => {
    const folder = join(sandbox.folder, 'alone');
    const filter = (file: string) => !file.endsWith('/oidc-agent.cjs');
    cpSync(join(import.meta.dirname, '../../packages/agent/dist'), folder, { recursive: true, filter });
    return sandbox.run(process.execPath, [join(folder, 'oidc-token.cjs'), 'plain'], {
      env: { ...wanted.env, PATH: path },
    });
  };
});
