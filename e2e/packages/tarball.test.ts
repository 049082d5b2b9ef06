/** The tarball as users have it: on a computer without Node, compiler and network, from installing to the last file removed. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, createReadStream, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTarball, spawnTar, writeInstaller } from '../../packaging/formats/tarball.js';
import type { Arch } from '../../packaging/node.js';
import { allowOlderGlibc } from '../../packaging/older-glibc.js';
import { writeChecksums } from '../../packaging/release/checksums.js';
import { stage } from '../../packaging/stage.js';
import { root, VERSION } from '../../packaging/version.js';
import { canMakeRoots, DebianRoot } from '../support/computer/debian-root.ts';
import { hasCompiled } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { SHORT_INTERVAL } from '../support/servers/iam.ts';
import type { Terminal } from '../support/user/terminal.ts';
import { neededGlibc } from './needed-glibc.ts';

const MOST_BYTES = 45e6;
/** Where the release is on the computer. */
const RELEASE = '/media/jeton';
const machine = `linux-${process.arch}`;
const arch = process.arch as Arch;

describe.skipIf(!canMakeRoots || !hasCompiled)(
  'the tarball (needs root, unshare, apt-get and the compiled programs)',
  () => {
    const sandbox = new Sandbox();
    const name = `jeton-${VERSION}-${machine}`;
    let computer: DebianRoot;
    let tarball: string;

    beforeAll(async () => {
      const [tree] = await Promise.all([
        stage(arch, join(sandbox.folder, 'tree')),
        DebianRoot.make(sandbox).then((made) => {
          computer = made;
        }),
      ]);
      const folder = computer.path(RELEASE);
      await mkdir(folder, { recursive: true });
      tarball = join(folder, `${name}.tar.gz`);
      await makeTarball(tree, name, tarball);
      await writeInstaller(folder, VERSION);
      await writeChecksums(folder, VERSION, [`${name}.tar.gz`]);
    }, 600_000);
    afterAll(() => sandbox.close());

    /** Runs a line of a shell on the computer, as its user. */
    const user = (line: string, env: Record<string, string> = {}) =>
      computer.run('user', ['sh', '-c', line], { env });
    const install = (...args: string[]) => computer.run('root', ['sh', `${RELEASE}/install.sh`, ...args]);
    /** All files of the computer, but those of its user and those that no disk has. */
    const files = async () => {
      const others = ['/proc', '/dev', '/tmp', '/home', RELEASE].flatMap((path) => [
        '-path',
        path,
        '-prune',
        '-o',
      ]);
      return (await computer.run('root', ['find', '/', ...others, '-print'])).stdout.split('\n').sort();
    };

    it('is the same when it is made again, and not too large', async () => {
      expect(statSync(tarball).size).toBeLessThan(MOST_BYTES);
      const again = await stage(arch, join(sandbox.folder, 'again'));
      const [first, second] = [createHash('sha256'), createHash('sha256')];
      await Promise.all([
        pipeline(createReadStream(tarball), createGunzip(), first),
        pipeline(spawnTar(again, name).stdout, second),
      ]);
      expect(second.digest('hex')).toBe(first.digest('hex'));
    });

    it('loads on systems with glibc 2.28', async () => {
      const sodium = (kind: Arch) => `sodium-native/prebuilds/linux-${kind}/sodium-native.node`;
      const other = arch === 'x64' ? 'arm64' : 'x64';
      const copy = join(sandbox.folder, 'sodium.node');
      copyFileSync(join(root, 'node_modules', sodium(other)), copy);
      await allowOlderGlibc(copy);
      const lib = join(sandbox.folder, 'tree/lib/jeton');
      for (const file of [join(lib, 'node'), join(lib, 'node_modules', sodium(arch)), copy]) {
        expect(neededGlibc(file)).toBeLessThanOrEqual(28);
      }
    });

    it('runs from where it is unpacked, also after a move', async () => {
      const unpack = `tar -xzf ${RELEASE}/${name}.tar.gz && mv ${name} elsewhere`;
      expect(
        await user(`${unpack} && elsewhere/bin/oidc-gen --version && elsewhere/bin/oidc-token --help`),
      ).toMatchObject({
        stdout: expect.stringMatching(
          new RegExp(`^oidc-gen 5\\.3\\.\\d+ \\(jeton ${VERSION}\\)\nUsage: oidc-token`),
        ),
        stderr: '',
        code: 0,
      });
      const programs = (await user('ls elsewhere/bin')).stdout.trim().split('\n');
      const versions = await user(
        `for name in elsewhere/bin/*; do $name --version || echo $name fails; done`,
      );
      expect(versions.stdout.match(/^\S+ .*\(jeton /gm)?.length).toBeGreaterThanOrEqual(programs.length - 1);
      expect(versions).toMatchObject({ stdout: expect.not.stringContaining('fails'), stderr: '' });
      await user('rm -r elsewhere');
    });

    it('a user installs it alone, and removes it', async () => {
      const before = await user('find .');
      expect(
        await user(`sh ${RELEASE}/install.sh && PATH=$HOME/.local/bin:$PATH jeton --version`),
      ).toMatchObject({
        stdout: expect.stringMatching(
          new RegExp(`^jeton ${VERSION} is installed in /home/user/\\.local\n[^]*^jeton `, 'm'),
        ),
        stderr: '',
        code: 0,
      });
      expect(await user(`sh ${RELEASE}/install.sh --uninstall`)).toMatchObject({ stderr: '', code: 0 });
      expect(await user('find .')).toEqual(before);
    });

    // Each test goes on where the one before has ended.
    describe('installed for all users', { retry: 0 }, () => {
      let before: string[];
      let issuer: string;
      let shell: Terminal;
      const token = (file: string) =>
        decodeJwt(readFileSync(computer.path(`/home/user/${file}`), 'utf8').trim());

      beforeAll(async () => {
        before = await files();
        expect(await install()).toEqual({
          stdout: `jeton ${VERSION} is installed in /usr/local\n`,
          stderr: '',
          code: 0,
          signal: undefined,
        });
        const options = ['--port=0', '--json', '--auto-approve=test', `--behave=${SHORT_INTERVAL}`];
        const iam = computer.spawn('user', ['jeton-iam', ...options]);
        if (iam.stdout === null) throw new Error('no output');
        iam.stderr?.pipe(process.stderr);
        const [line] = await once(createInterface({ input: iam.stdout }), 'line');
        ({ issuer } = JSON.parse(line));
      }, 600_000);

      it('has the session of the IAM page, against its own jeton-iam', async () => {
        shell = computer.terminal('user', ['sh', '-i']);
        shell.type('eval $(oidc-agent)');
        await shell.waitFor(/Agent pid \d+/);
        shell.type('oidc-gen -w device wlcg');
        await shell.waitFor(/Issuer \[.*\]: $/);
        shell.type(issuer);
        await shell.waitFor(/Scopes or 'max'.*: $/);
        shell.type('max');
        await shell.waitFor(/enter the code: (\S+)/);
        for (const prompt of [/Enter encryption password.*: $/, /Confirm encryption password: $/]) {
          await shell.waitFor(prompt);
          shell.type('correct horse');
        }
        await shell.waitFor(/Everything setup correctly!/);
        shell.type('oidc-gen -p wlcg');
        await shell.waitFor(/Enter decryption password.*: $/);
        shell.type('correct horse');
        await shell.waitFor(/"device_authorization_endpoint":\s*"http:.*devicecode"/);
        shell.type('oidc-add -r wlcg; oidc-add wlcg');
        await shell.waitFor(/Enter decryption password.*: $/);
        shell.type('correct horse');
        await shell.waitFor(/success/);
        shell.type('oidc-token -s storage.read:/ --aud example.audience wlcg > token && echo do""ne');
        await shell.waitFor(/done/);
        expect(token('token')).toMatchObject({
          iss: issuer,
          aud: 'example.audience',
          scope: 'storage.read:/',
        });
      });

      it.each([
        ['password', 'password-grant'],
        ['device-code', 'device-code-client'],
      ])('jeton %s gets a token without an agent', async (command, id) => {
        const env = { IAM_CLIENT_SECRET: 'secret', IAM_USER: 'test', IAM_PASSWORD: 'password' };
        const args = `--issuer=${issuer} --client-id=${id} --scope=openid`;
        expect(await user(`jeton ${command} ${args} > ${command}`, env)).toMatchObject({ code: 0 });
        expect(token(command)).toMatchObject({ iss: issuer, client_id: id });
      });

      it('is upgraded while an agent runs, which loses no login', async () => {
        const inode = () => statSync(computer.path('/usr/local/lib/jeton/node')).ino;
        const old = inode();
        expect(await install()).toMatchObject({ stderr: '', code: 0 });
        expect(inode()).not.toBe(old);
        // One token that the agent has, and one for which it starts the new Node.
        shell.type('oidc-token -s storage.read:/ --aud example.audience wlcg > ready && echo re""ady');
        await shell.waitFor(/ready/);
        shell.type('oidc-token -s storage.read:/home wlcg > fresh && oidc-add -a && echo fre""sh');
        await shell.waitFor(/wlcg\nfresh/);
        expect(token('ready')).toEqual(token('token'));
        expect(token('fresh')).toMatchObject({ scope: 'storage.read:/home' });
      });

      it('is removed, and leaves what is of users', async () => {
        expect(await install('--uninstall')).toMatchObject({ stderr: '', code: 0 });
        expect(await files()).toEqual(before);
        expect(await user('ls .oidc-agent/wlcg')).toMatchObject({ code: 0 });
        shell.type('kill $OIDCD_PID; exit');
        await shell.exit();
      });
    });
  },
);
