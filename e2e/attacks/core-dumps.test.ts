/** A program that dies may leave a core dump, if the user's limit allows it. No secret is in the dump. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

const pattern =
  process.platform === 'linux' ? readFileSync('/proc/sys/kernel/core_pattern', 'latin1').trim() : '|';
/** Whether core dumps are files in the current folder here, and not read by some program. */
const areFiles = !/[|/]/.test(pattern);

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

/** Starts a program that may leave core dumps, in the sandbox's folder. */
const start = (program: string, args: readonly string[], env: Record<string, string> = {}) =>
  sandbox.spawn('/bin/sh', ['-c', 'ulimit -c unlimited; exec "$@"', 'sh', program, ...args], {
    cwd: sandbox.folder,
    env,
  });

/** Has a program die, and gives the names of those secrets that are in its core dump; undefined if there is none. */
async function foundInCore(program: ChildProcess, secrets: readonly string[]): Promise<string[] | undefined> {
  const end = once(program, 'exit');
  program.kill('SIGABRT');
  await end;
  const name = readdirSync(sandbox.folder).find((name) => name.startsWith(pattern.split('%', 1)[0] ?? ''));
  if (name === undefined) return undefined;
  const dump = readFileSync(join(sandbox.folder, name));
  return secrets.filter((secret) => dump.includes(secret));
}

/** An agent that never answers, so that its clients wait. */
async function silentAgent(): Promise<{ socket: string; asked: Promise<unknown> }> {
  const socket = join(sandbox.folder, 'silent');
  const server = createServer();
  server.listen(socket);
  sandbox.onClose(() => server.close());
  await once(server, 'listening');
  return { socket, asked: once(server, 'connection') };
}

const filterOf = (pid: number | undefined) => readFileSync(`/proc/${pid}/coredump_filter`, 'latin1').trim();
const limitOf = (pid: number | undefined) =>
  /^Max core file size +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1];

describe.skipIf(!areFiles)('a core dump (where it is a file in the current folder)', () => {
  it('of any program of Node holds its secrets', async () => {
    const script = 'const secret = process.env.SECRET; console.log(1); setInterval(() => secret, 1000)';
    const program = start(process.execPath, ['-e', script], { SECRET: 'not to be seen' });
    await once(program.stdout ?? program, 'data');
    expect(await foundInCore(program, ['not to be seen'])).toEqual(['not to be seen']);
  });

  it('of the agent holds none', async () => {
    const agent = start(programPath('oidc-agent'), ['-d', '--json', '-a', `${sandbox.folder}/agent`]);
    await once(agent.stdout ?? agent, 'data');
    Object.assign(sandbox.env, { OIDC_SOCK: `${sandbox.folder}/agent` });
    const { metadata } = await startIssuer({ '/token': tokens('the access token') });
    const secrets = { client_secret: 'the client secret', refresh_token: 'the refresh token' };
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer, ...secrets });
    expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
    expect(await foundInCore(agent, ['the access token', ...Object.values(secrets)])).toEqual([]);
  });

  it('of a program that has the password holds none', async () => {
    const { socket, asked } = await silentAgent();
    const env = { OIDC_SOCK: socket, OIDC_ENCRYPTION_PW: 'the encryption password' };
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://iam.example/' });
    const program = start(programPath('oidc-add'), ['--pw-env', 'wlcg'], env);
    await asked;
    expect(await foundInCore(program, ['the encryption password'])).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('memory is left out of core dumps (on Linux)', () => {
  it('of an agent in the background', async () => {
    const { pid } = await startAgent(sandbox);
    expect(filterOf(pid)).toBe('00000000');
  });

  it.each([
    ['oidc-token', ['wlcg']],
    ['oidc-add', ['-a']],
    ['oidc-gen', ['--pw-env', '--prompt=none', 'wlcg']],
    ['oidc-agent', ['--status']],
  ])('of %s', async (name, args) => {
    const { socket, asked } = await silentAgent();
    const program = start(programPath(name), args, { OIDC_SOCK: socket, OIDC_ENCRYPTION_PW: 'password' });
    await asked;
    expect(filterOf(program.pid)).toBe('00000000');
  });

  it('but not of a command that the agent runs for its owner', async () => {
    const args = ['--', 'cat', '/proc/self/coredump_filter'];
    const outside = await sandbox.run('/bin/cat', ['/proc/self/coredump_filter']);
    expect((await sandbox.run('oidc-agent', args)).stdout).toBe(outside.stdout);
  });

  it.skipIf(!hasCompiled)('of the compiled oidc-token, which leaves none at all', async () => {
    const folder = installPrograms(sandbox);
    const { socket, asked } = await silentAgent();
    const program = start(join(folder, 'oidc-token'), ['wlcg'], { OIDC_SOCK: socket });
    await asked;
    expect(limitOf(program.pid)).toBe('0');
  });

  it.skipIf(!hasCompiled)(
    'of an agent that the compiled oidc-agent starts, which leaves none at all',
    async () => {
      const program = join(installPrograms(sandbox), 'oidc-agent');
      const { stdout } = await sandbox.run('/bin/sh', ['-c', `ulimit -c unlimited; ${program}`]);
      const pid = Number(/OIDCD_PID=(\d+)/.exec(stdout)?.[1]);
      sandbox.onClose(() => endProcess(pid));
      expect(limitOf(pid)).toBe('0');
      // While it sleeps, the system makes none of it either way (prctl, PR_SET_DUMPABLE).
      const { stdout: status } = await sandbox.run('/bin/cat', [`/proc/${pid}/cmdline`]);
      if (status !== 'oidc-agent\0') expect(filterOf(pid)).toBe('00000000');
    },
  );

  it.skipIf(!hasCompiled)('but not of a command that the compiled oidc-agent leaves to Node', async () => {
    const program = join(installPrograms(sandbox), 'oidc-agent');
    const { stdout } = await sandbox.run('/bin/sh', [
      '-c',
      `ulimit -c unlimited; ${program} sh -c 'ulimit -c'`,
    ]);
    expect(stdout).toBe('unlimited\n');
  });
});
