/** The packages of distributions, installed by dpkg and rpm: from installing to removing, beside Debian's oidc-agent-cli. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDebAndRpm } from '../../packaging/formats/nfpm.js';
import type { Arch } from '../../packaging/node.js';
import { stage } from '../../packaging/stage.js';
import { PASSWORD } from '../support/agent/accounts.ts';
import { BASE, canMakeRoots, DebianRoot, download } from '../support/computer/debian-root.ts';
import { hasCompiled } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { SHORT_INTERVAL } from '../support/servers/iam.ts';

const arch = process.arch as Arch;
/** dpkg, and what it needs. */
const DPKG = ['diffutils', 'dpkg', 'libc-bin', 'libbz2-1.0', 'liblzma5', 'libmd0', 'libzstd1', 'zlib1g'];
/** Where the packages are on the computer. */
const PACKAGES = '/media';

describe.skipIf(!canMakeRoots || !hasCompiled || spawnSync('rpm', ['--version']).status !== 0)(
  'packages (need root, unshare, apt-get, rpm and the compiled programs)',
  // They write some hundred MB.
  { retry: 0, timeout: 600_000 },
  () => {
    const sandbox = new Sandbox();
    /** The names of a deb and an rpm of two versions. */
    let first: readonly [deb: string, rpm: string];
    let next: typeof first;

    beforeAll(async () => {
      const tree = await stage(arch, join(sandbox.folder, 'tree'));
      const make = async (version: string) => {
        const [deb = '', rpm = ''] = await makeDebAndRpm(tree, arch, sandbox.folder, version);
        return [deb, rpm] as const;
      };
      first = await make('1000.0.0');
      next = await make('1000.0.1');
    }, 600_000);
    afterAll(() => sandbox.close());

    /** What a user has on a computer with jeton: an account, and an agent that holds it. */
    async function session(computer: DebianRoot) {
      const user = (line: string) => computer.run('user', ['sh', '-c', line]);
      const options = ['--port=0', '--json', '--auto-approve=test', `--behave=${SHORT_INTERVAL}`];
      const iam = computer.spawn('user', ['jeton-iam', ...options]);
      if (iam.stdout === null) throw new Error('no output');
      const [line] = await once(createInterface({ input: iam.stdout }), 'line');
      const { issuer } = JSON.parse(line);
      computer.env.OIDC_ENCRYPTION_PW = PASSWORD;
      const { stdout } = await user('oidc-agent');
      const [, socket = '', pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(stdout) ?? [];
      computer.env.OIDC_SOCK = socket;
      const generate = `oidc-gen -w device --iss=${issuer} --scope=max --pw-env --prompt=none wlcg`;
      expect(await user(generate)).toMatchObject({ code: 0 });
      return {
        user,
        /** One scope after the other, so that the agent has no token yet. */
        token: (scope: string) => user(`oidc-token -s ${scope} wlcg`),
        end: () => user(`kill ${pid}`),
      };
    }
    const isToken = { stdout: expect.stringMatching(/^ey\S+\n$/), stderr: '', code: 0 };

    it('dpkg installs, upgrades under an agent, and removes; oidc-agent-cli is beside it, and back afterwards', async () => {
      const computer = await DebianRoot.make(sandbox, [...BASE, ...DPKG]);
      const status = download(BASE).map(
        (file) => `${execFileSync('dpkg-deb', ['--field', file])}Status: install ok installed\n`,
      );
      const admin = join(computer.folder, 'var/lib/dpkg');
      for (const folder of ['info', 'updates', 'triggers'])
        mkdirSync(join(admin, folder), { recursive: true });
      writeFileSync(join(admin, 'status'), status.join('\n'));
      mkdirSync(computer.path(PACKAGES), { recursive: true });
      const [cSuite = ''] = download(['oidc-agent-cli']);
      cpSync(cSuite, computer.path(`${PACKAGES}/c-suite.deb`));
      for (const [deb] of [first, next])
        cpSync(join(sandbox.folder, deb), computer.path(`${PACKAGES}/${deb}`));
      const dpkg = async (...args: string[]) => {
        const path = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
        const { stdout, stderr, code } = await computer.run('root', ['dpkg', ...args], { env: path });
        expect(code, `${stdout}${stderr}`).toBe(0);
      };
      const at = (path: string) => computer.path(`/usr/${path}`);

      await dpkg('--force-depends', '--install', `${PACKAGES}/c-suite.deb`);
      const theirs = readFileSync(at('bin/oidc-token'));
      await dpkg('--install', `${PACKAGES}/${first[0]}`);
      expect(readFileSync(at('bin/oidc-token.c-suite'))).toEqual(theirs);
      expect(existsSync(at('share/man/man1/oidc-token.c-suite.1.gz'))).toBe(true);
      expect(existsSync(at('lib/systemd/user/oidc-agent.socket'))).toBe(true);

      const { user, token, end } = await session(computer);
      expect(await token('storage.read:/')).toMatchObject(isToken);
      await dpkg('--install', `${PACKAGES}/${next[0]}`);
      expect(await token('storage.read:/home')).toMatchObject(isToken);
      // With either suite at the head.
      await dpkg('--force-depends', '--install', `${PACKAGES}/c-suite.deb`);
      expect(readlinkSync(at('bin/oidc-token'))).toBe('../lib/jeton/oidc-token');
      await dpkg('--remove', 'jeton');
      expect(readFileSync(at('bin/oidc-token'))).toEqual(theirs);
      expect(existsSync(at('bin/oidc-token.c-suite'))).toBe(false);
      expect(existsSync(at('lib/jeton'))).toBe(false);
      expect(await user('ls .oidc-agent/wlcg .config/oidc-agent/wlcg 2>/dev/null')).toMatchObject({
        stdout: expect.stringContaining('wlcg'),
      });
      // The agent goes on with what it has, and with a new installation.
      await dpkg('--install', `${PACKAGES}/${next[0]}`);
      expect(await token('storage.read:/tmp')).toMatchObject(isToken);
      await end();
      await dpkg('--purge', 'jeton', 'oidc-agent-cli');
      expect(existsSync(computer.path('/etc/oidc-agent/issuer.config'))).toBe(false);
    });

    it('rpm installs, upgrades under an agent, and removes', async () => {
      const computer = await DebianRoot.make(sandbox);
      const rpm = (...args: string[]) =>
        execFileSync('rpm', [`--root=${computer.folder}`, '--nodeps', ...args], { stdio: 'pipe' });
      rpm('--install', join(sandbox.folder, first[1]));
      const { user, token, end } = await session(computer);
      expect(await token('storage.read:/')).toMatchObject(isToken);
      rpm('--upgrade', join(sandbox.folder, next[1]));
      expect(await token('storage.read:/home')).toMatchObject(isToken);
      await end();
      rpm('--erase', 'jeton');
      expect(existsSync(computer.path('/usr/lib/jeton'))).toBe(false);
      expect(existsSync(computer.path('/usr/bin/oidc-token'))).toBe(false);
      expect((await user('ls -d .oidc-agent .config/oidc-agent 2>/dev/null')).stdout).not.toBe('');
    });

    it('are the same when they are made again', async () => {
      const empty = join(sandbox.folder, 'small');
      // The programs take most of the time.
      const filter = (path: string) => !path.includes('/lib/jeton/');
      cpSync(join(sandbox.folder, 'tree'), empty, { recursive: true, verbatimSymlinks: true, filter });
      const made = async (name: string) => {
        const folder = join(sandbox.folder, name);
        mkdirSync(folder);
        return (await makeDebAndRpm(empty, arch, folder)).map((file) => readFileSync(join(folder, file)));
      };
      expect(await made('once')).toEqual(await made('again'));
    });
  },
);
