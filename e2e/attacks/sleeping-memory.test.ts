/** What is in the memory of an agent that sleeps, and who can read it (docs/oidc-agent.md#what-is-in-its-memory). */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf, endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

describe.skipIf(!canSleep)('the memory of an agent that sleeps (npm run build:native)', () => {
  let sandbox: Sandbox;
  let agent: RunningAgent;
  beforeEach(() => {
    sandbox = new Sandbox();
    sandbox.env.JETON_SLEEP_AFTER = '0.1';
  });
  afterEach(() => sandbox.close());

  const asleep = () => until(() => childrenOf(agent.pid).length === 0);
  const ask = (request: string, others = {}) =>
    exchange({ request, ...others }, { socketPath: agent.socket });
  const token = (account: string, others = {}) => getToken({ account, socketPath: agent.socket, ...others });

  /** Those texts that are anywhere in the memory of the agent, which sleeps. */
  async function remembered(texts: readonly string[]): Promise<string[]> {
    await asleep();
    const memory = openSync(`/proc/${agent.pid}/mem`, 'r');
    const maps = readFileSync(`/proc/${agent.pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) r/gm);
    const found = new Set<string>();
    for (const [, from, to] of maps) {
      const [start, end] = [Number(`0x${from}`), Number(`0x${to}`)];
      try {
        const bytes = Buffer.alloc(end - start);
        readSync(memory, bytes, 0, bytes.length, start);
        for (const text of texts)
          if (bytes.includes(text) || bytes.includes(text, 0, 'utf16le')) found.add(text);
      } catch {
        // What the kernel maps for itself cannot be read.
      }
    }
    closeSync(memory);
    return [...found].sort();
  }

  /** Starts the agent with an account, whose issuer gives out a new refresh token with each access token. */
  async function load(name: string, env: Record<string, string> = {}): Promise<void> {
    const answers = [1, 2, 3, 4].map((number) =>
      tokens(`access-${name}-${number}`, { refresh_token: `refresh-${name}-${number}` }),
    );
    const { metadata } = await startIssuer({ '/token': answers });
    await writeAccount(sandbox, { name, issuer_url: metadata.issuer, client_secret: `secret-${name}` });
    const options = { env: { ...withPassword.env, ...env } };
    expect(await sandbox.run('oidc-add', ['--pw-env', name], options)).toMatchObject({ code: 0 });
  }
  const secretsOf = (name: string) => [
    `secret-${name}`,
    ...[1, 2, 3, 4].flatMap((number) => [`access-${name}-${number}`, `refresh-${name}-${number}`]),
  ];

  describe.skipIf(process.getuid?.() !== 0)('as root sees it', () => {
    it('has no secret when it is locked, whatever was done before', async () => {
      agent = await startAgent(sandbox);
      for (const name of ['one', 'other']) await load(name);
      const config = { name: 'third', client_secret: 'secret-third', refresh_token: 'refresh-third' };
      const issuer = await startIssuer({ '/token': tokens('access-third') });
      const channel = () => new EncryptedChannel();
      const encrypted = (request: string, others = {}) =>
        exchange({ request, ...others }, { socketPath: agent.socket, channel: channel() });
      await encrypted('add', { config: { ...config, issuer_url: issuer.metadata.issuer, client_id: 'c' } });
      await encrypted('access_token', { account: 'one' });
      await asleep();
      for (const name of ['one', 'other', 'third']) await token(name);
      await asleep();
      await ask('access_token', { account: 'one', min_valid_period: -1 });
      const [node = 0] = childrenOf(agent.pid);
      await endProcess(node, 'SIGKILL');
      await token('other', { forceNew: true });
      expect(await remembered([...secretsOf('other'), 'secret-third'])).toEqual([
        'access-other-2',
        'refresh-other-2',
        'secret-other',
        'secret-third',
      ]);
      await ask('lock', { password: 'sesame-open' });
      await expect(ask('unlock', { password: 'sesame-wrong' })).rejects.toThrow();
      const passwords = [PASSWORD, 'sesame-open', 'sesame-wrong'];
      const all = [
        ...secretsOf('one'),
        ...secretsOf('other'),
        'secret-third',
        'refresh-third',
        'access-third',
      ];
      expect(await remembered([...all, ...passwords])).toEqual([]);
      await ask('unlock', { password: 'sesame-open' });
      expect(await token('one')).toMatchObject({ token: 'access-one-2' });
    });

    it('has no token that was replaced, and nothing of an account that was unloaded', async () => {
      agent = await startAgent(sandbox);
      await load('one');
      await load('other');
      await token('one', { forceNew: true });
      await ask('remove', { account: 'other' });
      expect(await remembered([...secretsOf('one'), ...secretsOf('other'), PASSWORD])).toEqual([
        'access-one-2',
        'refresh-one-2',
        'secret-one',
      ]);
    });
  });

  it('and its environment and arguments have no secret, nor have those of Node', async () => {
    const { OIDC_ENCRYPTION_PW } = withPassword.env;
    Object.assign(sandbox.env, { OIDC_ENCRYPTION_PW, OIDC_REFRESH_TOKEN: 'refresh-from-outside' });
    agent = await startAgent(sandbox);
    await load('one');
    await until(async () => (await ask('status')) !== undefined && childrenOf(agent.pid).length > 0);
    const read = (pid: number) =>
      ['environ', 'cmdline']
        .map((file) => spawnSync('cat', [`/proc/${pid}/${file}`]).stdout.toString())
        .join();
    for (const pid of [agent.pid, ...childrenOf(agent.pid)]) {
      expect(read(pid)).not.toMatch(/correct horse|refresh-from-outside|secret-one|access-one|refresh-one/);
    }
  });

  describe.skipIf(!nobodyCanRun)(
    'is closed to other programs of the user (as root only: it starts them)',
    () => {
      const attacks: [string, (pid: number) => string[], RegExp][] = [
        ['cat', (pid) => [`/proc/${pid}/environ`], /Permission denied/],
        ['cat', (pid) => [`/proc/${pid}/maps`], /Permission denied/],
        ['dd', (pid) => [`if=/proc/${pid}/mem`, 'count=0'], /Permission denied/],
        ['ls', (pid) => [`/proc/${pid}/fd/`], /Permission denied/],
        ['strace', (pid) => ['-p', `${pid}`, '-c', 'true'], /Operation not permitted/],
        ['gcore', (pid) => ['-o', `${sandbox.folder}/core`, `${pid}`], /Operation not permitted/],
      ];
      const programs = [...new Set(attacks.map(([program]) => program))];
      const isMissing = (program: string) => spawnSync(program, ['--version']).error !== undefined;
      it.skip.each(programs.filter(isMissing))('%s is not installed', () => undefined);

      it.each(programs.filter((program) => !isMissing(program)))('to %s', async (program) => {
        spawnSync('chown', ['-R', `${nobody.uid}:${nobody.gid}`, sandbox.folder]);
        const { stdout } = await sandbox.run('oidc-agent', ['-a', `${sandbox.folder}/a/`, '--json'], nobody);
        const pid = Number(JSON.parse(stdout).dpid);
        sandbox.onClose(() => endProcess(pid));
        const other = sandbox.spawn('/bin/sleep', ['60'], { ...nobody });
        const as = (...args: string[]) =>
          spawnSync(program, args, { ...nobody, cwd: sandbox.folder, timeout: 20_000, encoding: 'utf8' });
        for (const [, args, refusal] of attacks.filter(([by]) => by === program)) {
          const { stdout, stderr } = as(...args(pid));
          expect(stdout + stderr).toMatch(refusal);
          // It is the agent that is closed, and not the system.
          if (program === 'cat') expect(as(...args(other.pid ?? 0)).status).toBe(0);
        }
      });
    },
  );
});
