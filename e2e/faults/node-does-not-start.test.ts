/** An agent that sleeps, and cannot wake (docs/sleeping-agent.md): what is ready it gives all the same, and nothing is lost. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { canSleep, type InstalledAgent, startInstalledAgent } from '../support/agent/installed-agent.ts';
import { hasPrlimit, lowerLimit } from '../support/computer/limits.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

describe.skipIf(!canSleep)('an agent whose Node program does not start (npm run build:native)', () => {
  let sandbox: Sandbox;
  let agent: InstalledAgent;
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(() => sandbox.close());

  const token = (others = {}) => getToken({ account: 'wlcg', socketPath: agent.socket, ...others });
  const ask = (request: string) => exchange({ request }, { socketPath: agent.socket });
  const asleep = () => until(() => childrenOf(agent.pid).length === 0);

  /** Starts the agent with an account and a token that is ready, and waits until it sleeps. */
  async function startWithToken(user: { uid?: number; gid?: number } = {}, ...args: string[]): Promise<void> {
    const own = () => user.uid && spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, sandbox.folder]);
    own();
    agent = await startInstalledAgent(sandbox, user);
    const answers = ['first', 'second'].map((name) => tokens(name, { refresh_token: `after-${name}` }));
    const { metadata } = await startIssuer({ '/token': answers });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    own();
    const options = { ...user, ...withPassword };
    expect(await sandbox.run('oidc-add', ['--pw-env', ...args, 'wlcg'], options)).toMatchObject({ code: 0 });
    expect(await token()).toMatchObject({ token: 'first' });
    await asleep();
  }

  /** Breaks something. @returns a function that mends it */
  type Fault = (agent: InstalledAgent) => () => void;
  const removed = (path: string) => {
    renameSync(path, `${path}.away`);
    return () => renameSync(`${path}.away`, path);
  };
  const replaced = (path: string, content: string) => {
    const before = readFileSync(path);
    writeFileSync(path, content);
    return () => writeFileSync(path, before);
  };
  const limited =
    (...[name, limit, user]: [name: string, limit: number, user?: { uid?: number; gid?: number }]): Fault =>
    ({ pid }) =>
      lowerLimit(pid, name, limit, user);
  const files =
    'see whether node and jeton are where they were, then try again; the agent has kept its accounts\n' +
    'hint: if they are elsewhere now, restart the agent and load the accounts: oidc-agent -k; eval $(oidc-agent)\n';
  const memory = 'see whether there is memory for it';
  const otherVersion = `
    const { parse } = JSON;
    JSON.parse = (...given) => {
      const value = parse(...given);
      return value?.brake === undefined ? value : { ...value, version: value.version + 1 };
    };
    require('./awake.cjs.away');
  `;

  const otherFrames = `
    const fs = require('node:fs');
    const { writeSync } = fs;
    fs.writeSync = (fd, bytes, ...others) => {
      if (fd !== 3) return writeSync(fd, bytes, ...others);
      fs.writeSync = writeSync;
      bytes.writeUInt32LE(bytes.readUInt32LE(5) + 1, 5);
      return writeSync(fd, bytes);
    };
    require('./awake.cjs.away');
  `;

  /** Breaks the agent, looks at what it does then, mends it, and sees that it has lost nothing. */
  async function survives(fault: Fault, error: RegExp, hint: string, code = 75): Promise<void> {
    const mend = fault(agent);
    const failure = {
      message: expect.stringMatching(error),
      code: code === 75 ? 'try-again' : 'failed',
      info: expect.stringContaining(`hint: ${hint}`),
    };
    for (let count = 0; count < 2; count += 1) {
      await expect(token({ forceNew: true })).rejects.toMatchObject(failure);
      expect(await token()).toMatchObject({ token: 'first' });
    }
    expect(await ask('check')).toEqual({ status: 'success' });
    expect(await ask('loaded_accounts')).toMatchObject({ info: ['wlcg'] });
    const stderr = expect.stringContaining(`hint: ${hint}`);
    expect(await sandbox.run('oidc-agent', ['--status'])).toMatchObject({ stdout: '', stderr, code });
    mend();
    expect(await token({ forceNew: true })).toMatchObject({ token: 'second' });
    expect((await sandbox.run('oidc-agent', ['--status'])).stdout).toContain('wlcg');
  }
  const deaths = async () =>
    Number(
      /^Died and restarted:\s+(\d+) times$/m.exec(
        (await sandbox.run('oidc-agent', ['--status'])).stdout,
      )?.[1],
    );

  const faults: [string, Fault, RegExp, string, number?][] = [
    ['whose node was removed', ({ node }) => removed(node), /: \S+\/bin\/node cannot be run$/, files],
    ['whose program was removed', ({ awake }) => removed(awake), /: \S+\/awake\.cjs cannot be read$/, files],
    [
      'whose program was replaced by something else',
      ({ awake }) => replaced(awake, 'no program'),
      /: it has ended with exit code 1$/,
      memory,
    ],
    [
      'whose program is one of another version',
      ({ awake }) => {
        const mend = removed(awake);
        writeFileSync(awake, otherVersion);
        return mend;
      },
      /^the agent was started by another version of jeton, and this one cannot read its accounts$/,
      'install that version again, or restart the agent',
      1,
    ],
    [
      'whose program says its frames in another version',
      ({ awake }) => {
        const mend = removed(awake);
        writeFileSync(awake, otherFrames);
        return mend;
      },
      /^the agent was started by another version of jeton, and this one cannot read its accounts$/,
      'install that version again, or restart the agent',
      1,
    ],
  ];

  it('whose folder was removed is ended by the programs of another installation', async () => {
    await startWithToken();
    removed(dirname(agent.awake));
    expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({ stderr: '', code: 0 });
    await processEnd(agent.pid);
    expect(existsSync(agent.socket)).toBe(false);
  });

  it.each(faults)('%s', async (_what, ...fault) => {
    await startWithToken();
    await survives(...fault);
    expect(await deaths()).toBe(3);
  });

  it.skipIf(!hasPrlimit)('without memory for it', async () => {
    await startWithToken();
    await survives(
      limited('as', 100_000_000),
      /: it (was ended by signal|has ended with exit code) \d+$/,
      memory,
    );
    expect(await deaths()).toBe(3);
  });

  it.skipIf(!hasPrlimit || !nobodyCanRun)(
    'of a user who may have no more processes (as root only: root always may)',
    async () => {
      await startWithToken(nobody);
      const error = /: no process can be started: resource temporarily unavailable \(EAGAIN\)$/;
      await survives(limited('nproc', 1, nobody), error, 'see what ulimit -a allows');
    },
  );

  it('says that it is locked', async () => {
    await startWithToken();
    const password = { password: 'sesame' };
    await exchange({ request: 'lock', ...password }, { socketPath: agent.socket });
    await asleep();
    const mend = removed(agent.awake);
    const refusal = { message: 'Agent locked', info: expect.stringContaining('oidc-add --unlock') };
    await expect(token()).rejects.toMatchObject(refusal);
    await expect(ask('loaded_accounts')).rejects.toThrow('Agent locked');
    await expect(ask('status_json')).rejects.toThrow('Agent locked');
    mend();
    await exchange({ request: 'unlock', ...password }, { socketPath: agent.socket });
    expect(await token()).toMatchObject({ token: 'first' });
  });

  it('gives out no token of an account whose lifetime is over', async () => {
    await startWithToken({}, '-t', '5');
    renameSync(agent.awake, `${agent.awake}.away`);
    const isRefused = async () =>
      await token().then(
        () => false,
        ({ message }) => /cannot be read$/.test(message),
      );
    await until(isRefused);
    await expect(ask('loaded_accounts')).rejects.toThrow('cannot be read');
    renameSync(`${agent.awake}.away`, agent.awake);
    expect(await ask('loaded_accounts')).toMatchObject({ info: [] });
  });
});
