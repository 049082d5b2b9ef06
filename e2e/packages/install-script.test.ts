/** install.sh, by the shells and tools of Debian and of busybox, with tarballs of a few small files. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTarball, writeInstaller } from '../../packaging/formats/tarball.js';
import { writeChecksums } from '../../packaging/release/checksums.js';
import { canMakeRoots, download } from '../support/computer/debian-root.ts';
import { type Outcome, Sandbox } from '../support/computer/sandbox.ts';
import { startServer } from '../support/servers/web-server.ts';

let sandbox: Sandbox;
/** Shells and scripts find a space in a path hard. */
let prefix: string;
beforeEach(() => {
  sandbox = new Sandbox();
  prefix = join(sandbox.home, 'my programs');
});
afterEach(() => sandbox.close());

/** Makes a release with a program that prints its version. @returns its folder */
async function release(version: string, more: Record<string, string> = {}): Promise<string> {
  const folder = join(sandbox.folder, `release-${version}`);
  const tree = join(folder, 'tree');
  const name = `jeton-${version}-linux-${process.arch}`;
  write(join(tree, 'lib/jeton/bin/oidc-gen'), `#!/bin/sh\necho 'oidc-gen ${version}'\n`);
  write(join(tree, 'lib/jeton/node'), '#!/bin/sh\n');
  for (const program of ['oidc-gen', 'oidc-agent']) {
    link('../lib/jeton/bin/oidc-gen', join(tree, 'bin', program));
  }
  write(join(tree, 'share/man/man1/oidc-gen.1'), version);
  write(join(tree, 'share/systemd/user/oidc-agent.service'), '[Service]\nExecStart=oidc-agent --console\n');
  for (const [path, text] of Object.entries(more)) write(join(tree, path), text);
  await makeTarball(tree, name, join(folder, `${name}.tar.gz`));
  await writeInstaller(folder, version);
  await writeChecksums(folder, version, [`${name}.tar.gz`]);
  return folder;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** All files below a folder, with what they hold. */
function contents(folder: string): Record<string, string> {
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];
  const describeFile = (path: string) => {
    const status = lstatSync(path);
    if (status.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
    return status.isDirectory() ? 'folder' : readFileSync(path, 'utf8');
  };
  return Object.fromEntries(paths.map((path) => [path, describeFile(join(folder, path))]));
}

const tarballIn = (folder: string) => {
  const name = readdirSync(folder).find((entry) => entry.endsWith('.tar.gz'));
  return join(folder, name ?? '');
};

/** A folder with every program of busybox, and no other. */
function busybox(): string {
  const [file = ''] = download(['busybox-static']);
  const folder = join(sandbox.folder, 'busybox');
  execFileSync('dpkg-deb', ['--extract', file, folder]);
  const program = join(folder, 'bin/busybox');
  const programs = join(folder, 'programs');
  for (const name of execFileSync(program, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    link(program, join(programs, name));
  }
  return programs;
}

/**
 * The tools that install.sh starts when it changes something. One of them sends a signal to it first: that with the number in FATAL.
 *
 * @param count a file to which each adds a byte
 * @returns their folder
 */
function fatalTools(path: string, signal: string, count: string): string {
  const folder = join(sandbox.folder, 'fatal');
  for (const name of ['mv', 'rm', 'tar', 'sort']) {
    const program = path
      .split(':')
      .map((programs) => join(programs, name))
      .find(existsSync);
    const lines = [
      '#!/bin/sh',
      `printf x >> '${count}'`,
      `[ $(wc -c < '${count}') != "$FATAL" ] || kill -${signal} $PPID`,
      `exec ${program} "$@"`,
    ];
    write(join(folder, name), `${lines.join('\n')}\n`);
  }
  return folder;
}

const computers: [name: string, isHere: boolean, programs: () => string][] = [
  ['dash and the tools of Debian', existsSync('/usr/bin/dash'), () => '/usr/bin:/bin'],
  ['busybox', canMakeRoots, busybox],
];

describe.each(computers)('install.sh with %s', (name, isHere, programs) => {
  beforeEach((context) => {
    context.skip(!isHere, 'not to be had here');
    sandbox.env.PATH = programs();
  });

  /** Runs the install.sh of a release. */
  async function run(folder: string, ...args: string[]): Promise<Outcome> {
    const [shell = ''] = ['dash', 'sh']
      .flatMap((name) => (sandbox.env.PATH ?? '').split(':').map((programs) => join(programs, name)))
      .filter(existsSync);
    return await sandbox.run(shell, [join(folder, 'install.sh'), `--prefix=${prefix}`, ...args]);
  }
  const version = async () => (await sandbox.run(join(prefix, 'bin/oidc-gen'), [])).stdout;

  it('installs, replaces by another version, and removes all of it and nothing else', async () => {
    write(join(prefix, 'share/man/man1/mine.1'), 'mine');
    const before = contents(sandbox.home);
    const first = await release('0.1.0', { 'share/man/man1/old.1': 'old', 'share/old/only.txt': '' });
    expect(await run(first)).toEqual({
      stdout: `jeton 0.1.0 is installed in ${prefix}
hint: ${prefix}/bin is not in PATH: add this line to ~/.profile, and log in again
  export PATH="${prefix}/bin:$PATH"
`,
      stderr: '',
      code: 0,
      signal: undefined,
    });
    expect(await version()).toBe('oidc-gen 0.1.0\n');
    expect(readFileSync(join(prefix, 'share/systemd/user/oidc-agent.service'), 'utf8')).toContain(
      `\nExecStart="${prefix}/bin/oidc-agent" --console\n`,
    );
    sandbox.env.PATH = `${prefix}/bin:${sandbox.env.PATH}`;
    expect(await run(await release('0.2.0', { 'share/new.txt': 'new' }))).toMatchObject({
      stdout: `jeton 0.2.0 is installed in ${prefix}\n`,
      code: 0,
    });
    expect(await version()).toBe('oidc-gen 0.2.0\n');
    expect(readdirSync(join(prefix, 'share/man/man1')).sort()).toEqual(['mine.1', 'oidc-gen.1']);
    expect(await run(first, '--uninstall')).toMatchObject({ stderr: '', code: 0 });
    expect(contents(sandbox.home)).toEqual(before);
    expect(await run(first, '--uninstall')).toMatchObject({
      stderr: `Error: install.sh has installed nothing in ${prefix}\nhint: give the --prefix with which it was installed\n`,
      code: 1,
    });
  });

  it.each(['--prefix', '--from'])('takes no empty %s for the usual one', async (option) => {
    const folder = await release('0.1.0');
    for (const words of [[option, ''], [`${option}=`], ['--uninstall', option]]) {
      const outcome = await run(folder, ...words);
      expect(outcome).toMatchObject({ code: 64, stdout: '' });
      expect(outcome.stderr).toMatch(new RegExp(`^Error: ${option} needs a value\n`));
    }
  });

  it('says which other oidc-agent the shell finds first', async () => {
    const other = join(sandbox.folder, 'other');
    write(join(other, 'oidc-agent'), '');
    sandbox.env.PATH = `${other}:${prefix}/bin:${sandbox.env.PATH}`;
    const { stdout } = await run(await release('0.1.0'));
    expect(stdout).toContain(
      `hint: PATH leads to ${other}/oidc-agent: put ${prefix}/bin before its folder\n`,
    );
  });

  it('installs nothing from a tarball that is not the released one, or whose programs do not run', async () => {
    const folder = await release('0.1.0');
    const tarball = tarballIn(folder);
    const bytes = readFileSync(tarball);
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    writeFileSync(tarball, bytes);
    expect(await run(folder)).toMatchObject({
      stderr: expect.stringMatching(
        /^Error: .* is damaged, or not the one that was released: .*\nhint: nothing/,
      ),
      code: 1,
    });
    writeFileSync(join(folder, 'jeton-0.1.0-checksums.txt'), `${'0'.repeat(64)}  other.tar.gz\n`);
    expect((await run(folder)).stderr).toMatch(/^Error: .* does not list jeton-0\.1\.0-linux/);
    const broken = await release('0.2.0', {
      'lib/jeton/bin/oidc-gen': '#!/bin/sh\necho GLIBC is too old >&2\nexit 1\n',
    });
    expect((await run(broken)).stderr).toMatch(
      /^ {2}GLIBC is too old\nError: the programs do not run on this computer\nhint: they need/,
    );
    const halfBroken = await release('0.3.0', {
      'lib/jeton/node': '#!/bin/sh\necho no sodium >&2\nexit 1\n',
    });
    expect((await run(halfBroken)).stderr).toMatch(/no sodium\nError: the programs do not run/);
    expect(existsSync(prefix)).toBe(false);
  });

  it('refuses to replace what others have installed, and names it', async () => {
    const folder = await release('0.1.0');
    write(join(prefix, 'bin/oidc-gen'), 'of npm');
    link('nowhere', join(prefix, 'share/man/man1/oidc-gen.1'));
    const before = contents(prefix);
    expect(await run(folder)).toMatchObject({
      stderr: `  ${prefix}/bin/oidc-gen
  ${prefix}/share/man/man1/oidc-gen.1
Error: these files are there, and install.sh has not installed them
hint: remove what they are part of (npm uninstall -g jeton, or apt remove oidc-agent-cli), or choose another --prefix
`,
      code: 1,
    });
    expect(contents(prefix)).toEqual(before);
    write(join(prefix, 'lib/jeton/oidc-gen.cjs'), 'of Debian');
    expect((await run(folder)).stderr).toMatch(/lib\/jeton is there, and install\.sh has not installed it\n/);
    expect(readFileSync(join(prefix, 'lib/jeton/oidc-gen.cjs'), 'utf8')).toBe('of Debian');
  });

  // The shell of busybox has the tools in itself.
  it.runIf(name.startsWith('dash')).each(['TERM', 'KILL'])(
    'goes on when it is run again, after SIG%s has ended it at any point',
    async (signal) => {
      const [first, second] = [await release('0.1.0', { 'share/old.txt': '' }), await release('0.2.0')];
      await run(second);
      const [installed, { PATH = '' }] = [contents(prefix), sandbox.env];
      await run(second, '--uninstall');
      const count = join(sandbox.folder, 'count');
      const fatal = fatalTools(PATH, signal, count);
      for (let step = 1, isOver = false; !isOver; step += 1) {
        expect(await run(first)).toMatchObject({ code: 0 });
        writeFileSync(count, '');
        Object.assign(sandbox.env, { PATH: `${fatal}:${PATH}`, FATAL: String(step) });
        await run(second);
        isOver = readFileSync(count, 'utf8').length < step;
        sandbox.env.PATH = PATH;
        // Between two renames, one of which SIGKILL can prevent, there is no version.
        if (signal === 'TERM') expect(await version()).toMatch(/^oidc-gen 0\.[12]\.0\n$/);
        expect(await run(second)).toMatchObject({ stderr: '', code: 0 });
        expect(contents(prefix)).toEqual(installed);
        if (isOver) expect(step).toBeGreaterThan(12);
      }
      await run(second, '--uninstall');
      expect(existsSync(prefix)).toBe(false);
    },
  );

  it('does not run twice at once', async () => {
    const folder = await release('0.1.0');
    write(join(prefix, 'lib/.jeton-install/process'), String(process.pid));
    expect(await run(folder)).toMatchObject({
      stderr: `Error: process ${process.pid} is installing to ${prefix}, too\nhint: wait until it has ended\n`,
      code: 1,
    });
  });

  it('downloads over https, and trusts nothing else', async () => {
    const folder = await release('0.1.0');
    const { host } = await startServer(sandbox, ({ url = '' }, response) => {
      const file = join(folder, url);
      response.writeHead(existsSync(file) ? 200 : 404);
      response.end(existsSync(file) ? readFileSync(file) : '');
      return url;
    });
    expect(await run(folder, '--from', 'http://example.org/jeton')).toMatchObject({
      stderr: 'Error: only https can be trusted, and not http://example.org/jeton\n',
      code: 1,
    });
    // Nothing has to come over the network on this computer.
    expect(await run(folder, '--from', `http://${host}/`)).toMatchObject({ stderr: '', code: 0 });
    expect(await version()).toBe('oidc-gen 0.1.0\n');
    const { stderr } = await run(folder, '--from', `http://${host}/elsewhere`);
    expect(stderr).toContain(`Error: cannot download http://${host}/elsewhere/jeton-0.1.0-checksums.txt\n`);
  });

  it.each([[['--perfix=/tmp']], [['--prefix']], [['/tmp']]])('prints its usage for %j', async (args) => {
    const { stderr, code } = await run(await release('0.1.0'), ...args);
    expect(stderr).toMatch(/^Error: .*\nUsage: sh install\.sh \[--prefix FOLDER\]/);
    expect(code).toBe(64);
  });
});
