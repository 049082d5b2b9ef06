/** The wheel as users of Python have it: pip and uv put the programs where they find them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWheel } from '../../packaging/formats/wheel.js';
import type { Arch } from '../../packaging/node.js';
import { stage } from '../../packaging/stage.js';
import { hasCompiled } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';
import { neededGlibc } from './needed-glibc.ts';

const arch = process.arch as Arch;
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
const clients = join(root, 'node_modules/.python-clients/bin');
const uv = join(clients, 'uv');

describe.skipIf(!hasCompiled || !hasPython)(
  'the wheel (needs python3-venv and the compiled programs)',
  () => {
    const sandbox = new Sandbox();
    const environment = join(sandbox.folder, 'environment');
    let tree: string;
    let wheel: string;

    beforeAll(async () => {
      tree = await stage(arch, join(sandbox.folder, 'tree'));
      wheel = join(sandbox.folder, await makeWheel(tree, arch, sandbox.folder));
      execFileSync('python3', ['-m', 'venv', environment]);
      const pip = ['-m', 'pip', 'install', '-q', '--no-index', '--disable-pip-version-check', wheel];
      execFileSync(join(environment, 'bin/python'), pip);
    }, 600_000);
    afterAll(() => sandbox.close());

    it('names the C library that its parts need', () => {
      const sodium = `lib/jeton/node_modules/sodium-native/prebuilds/linux-${arch}/sodium-native.node`;
      const needed = ['lib/jeton/node', sodium].map((name) => neededGlibc(join(tree, name)));
      expect(wheel).toContain(`manylinux_2_${Math.max(...needed)}_`);
    });

    it('has programs that need nothing in PATH but themselves, and manual pages', async () => {
      const env = { PATH: join(environment, 'bin') };
      for (const name of ['oidc-agent', 'oidc-token', 'oidc-gen', 'jeton', 'jeton-iam']) {
        const outcome = await sandbox.run(join(environment, 'bin', name), ['--version'], { env });
        expect(outcome).toMatchObject({ stdout: expect.stringMatching(`^${name} `), stderr: '', code: 0 });
      }
      expect(existsSync(join(environment, 'share/man/man1/oidc-token.1'))).toBe(true);
      const agent = await sandbox.run(join(environment, 'bin/oidc-agent'), [], { env });
      const [, pid] = /OIDCD_PID=(\d+)/.exec(agent.stdout) ?? [];
      expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toMatch(/oidc-agent/);
      process.kill(Number(pid));
    });

    it('leaves nothing when pip removes it', () => {
      const pip = ['-m', 'pip', 'uninstall', '-q', '--yes', '--disable-pip-version-check', 'jeton-cli'];
      execFileSync(join(environment, 'bin/python'), pip);
      expect(existsSync(join(environment, 'lib/jeton'))).toBe(false);
      expect(existsSync(join(environment, 'bin/oidc-token'))).toBe(false);
    });

    it.skipIf(!existsSync(uv))('uv puts its programs where those of its tools are', async () => {
      const env = {
        UV_TOOL_DIR: join(sandbox.folder, 'tools'),
        UV_TOOL_BIN_DIR: join(sandbox.folder, 'bin'),
      };
      const install = ['tool', 'install', '--offline', '--no-cache', wheel];
      expect(await sandbox.run(uv, install, { env })).toMatchObject({ code: 0 });
      for (const name of ['oidc-token', 'jeton']) {
        const outcome = await sandbox.run(join(sandbox.folder, 'bin', name), ['--version']);
        expect(outcome).toMatchObject({
          stdout: expect.stringContaining(`${name} 5.3`),
          stderr: '',
          code: 0,
        });
      }
    });

    it('is the same when it is made again', async () => {
      // The largest file takes most of the time.
      rmSync(join(tree, 'lib/jeton/node'));
      const made = ['once', 'again'].map(async (name) => {
        const folder = join(sandbox.folder, name);
        mkdirSync(folder);
        return readFileSync(join(folder, await makeWheel(tree, arch, folder)));
      });
      const [once, again] = await Promise.all(made);
      expect(again).toEqual(once);
    });
  },
);
