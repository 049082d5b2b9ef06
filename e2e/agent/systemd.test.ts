/** Socket activation: systemd makes the socket, and starts the agent when a client connects. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange, type Request } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { programPath } from '../support/computer/programs.ts';
import { Sandbox, stop } from '../support/computer/sandbox.ts';
import { childrenOf, processEnd } from '../support/processes.ts';
import { until } from '../support/until.ts';

const activate = '/usr/bin/systemd-socket-activate';
const units = join(import.meta.dirname, '../../packages/agent/systemd');

describe.skipIf(!existsSync(activate))('socket activation (needs systemd)', () => {
  let sandbox: Sandbox;
  let socketPath: string;
  let folder: string;
  beforeEach(() => {
    sandbox = new Sandbox();
    sandbox.env.XDG_RUNTIME_DIR = join(sandbox.folder, 'run');
    folder = join(sandbox.folder, 'run', 'oidc-agent-service');
    socketPath = join(folder, 'oidc-agent.sock');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  });
  afterEach(() => sandbox.close());

  /** Waits as systemd does, and then becomes the agent. */
  async function listen(program: readonly string[], { paths = [socketPath], args = ['-d'] } = {}) {
    const variables = Object.keys({ ...sandbox.env, JETON_SLEEP_AFTER: '' }).map(
      (name) => `--setenv=${name}`,
    );
    const listeners = paths.map((path) => `--listen=${path}`);
    const words = [...listeners, ...variables, ...program, ...args];
    const unit = sandbox.spawn(activate, words, { env: { JETON_SLEEP_AFTER: '0' } });
    let text = '';
    for (const stream of [unit.stdout, unit.stderr]) stream?.on('data', (piece) => (text += piece));
    for (const path of paths) await until(() => text.includes(`Listening on ${path} as`));
    return { unit, output: () => text };
  }
  const ask = (request: Request, path = socketPath) => exchange(request, { socketPath: path });

  const programs: [string, () => readonly string[]][] = [
    ['the Node program', () => [process.execPath, programPath('oidc-agent')]],
    ...(hasCompiled
      ? [
          ['the compiled program', () => [join(installPrograms(sandbox), 'oidc-agent')]] as [
            string,
            () => string[],
          ],
        ]
      : []),
  ];
  describe.each(programs)('of %s', (name, program) => {
    it('serves the client that has started it, in the process that systemd knows, and leaves the socket', async () => {
      const { unit } = await listen(program());
      expect(await ask({ request: 'check', pid: 1 })).toMatchObject({ info: { pid: unit.pid } });
      expect((await ask({ request: 'status_json' })).info).toMatchObject({ systemd_socket: true });
      if (name !== 'the Node program') await until(() => childrenOf(unit.pid ?? 0).length === 0);
      const { ino } = statSync(socketPath);
      await stop(unit);
      expect([unit.exitCode, statSync(socketPath).ino]).toEqual([0, ino]);
    });

    it('listens at several sockets, and at one of its own for a group', async () => {
      const second = join(sandbox.folder, 'second');
      const group = process.getgid?.() === 0 ? ['--with-group=root'] : [];
      const { unit } = await listen(program(), { paths: [socketPath, second], args: ['-d', ...group] });
      for (const path of [second, socketPath]) {
        expect(await ask({ request: 'check', pid: 1 }, path)).toMatchObject({ info: { pid: unit.pid } });
      }
      if (group.length > 0) {
        expect(await ask({ request: 'loaded_accounts' }, `${socketPath}.group`)).toMatchObject({ info: [] });
      }
      await stop(unit);
      expect([socketPath, second, `${socketPath}.group`].map(existsSync)).toEqual([true, true, false]);
    });

    it('is ended by -k, which leaves the socket, too', async () => {
      const { unit } = await listen(program());
      await ask({ request: 'check' });
      expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({
        stdout: expect.stringContaining(`Agent pid ${unit.pid} killed`),
        stderr: '',
        code: 0,
      });
      await processEnd(unit.pid ?? 0);
      expect(existsSync(socketPath)).toBe(true);
    });

    it('does not take a socket to which other users may connect', async () => {
      const { unit, output } = await listen(program());
      chmodSync(socketPath, 0o666);
      await ask({ request: 'check' }).catch(() => undefined);
      await until(() => unit.exitCode !== null);
      expect(unit.exitCode).toBe(1);
      expect(output()).toContain(
        `Error: The agent cannot use the socket of systemd: other users may connect to ${socketPath}\nhint: set SocketMode=0600 in the socket unit\n`,
      );
    });
  });

  it.skipIf(!existsSync('/usr/bin/systemd-analyze'))('has good units (needs systemd-analyze)', async () => {
    const files = ['oidc-agent.socket', 'oidc-agent.service'].map((name) => {
      const text = readFileSync(join(units, name), 'utf8');
      const file = join(sandbox.folder, name);
      writeFileSync(file, text.replace('ExecStart=oidc-agent', `ExecStart=${programPath('oidc-agent')}`));
      return file;
    });
    const args = ['--user', '--man=no', 'verify', ...files];
    const { stderr, code } = await sandbox.run('/usr/bin/systemd-analyze', args);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });
});
