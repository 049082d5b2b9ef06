/** What others make packages or images of, with the files of a release. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeTarball, writeInstaller } from '../../packaging/formats/tarball.js';
import type { Arch } from '../../packaging/node.js';
import { writeChecksums } from '../../packaging/release/checksums.js';
import { writeRecipes } from '../../packaging/release/recipes.js';
import { stage } from '../../packaging/stage.js';
import { VERSION } from '../../packaging/version.js';
import { BASE, canMakeRoots, download } from '../support/computer/debian-root.ts';
import { hasCompiled } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { root } from '../support/documented.ts';

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const arch = process.arch as Arch;
const sandbox = new Sandbox();
afterAll(() => sandbox.close());

describe('the recipes', () => {
  const sums = ['x64', 'arm64']
    .map((each) => `${each}-sum  jeton-${VERSION}-linux-${each}.tar.gz\n`)
    .join('');

  it('have the version, the places and the checksums of a release', async () => {
    const [formula = '', recipe = ''] = await writeRecipes(sandbox.folder, sums);
    const text = readFileSync(join(sandbox.folder, recipe), 'utf8');
    expect(parse(text)).toMatchObject({
      package: { version: VERSION },
      source: [
        { url: expect.stringMatching(`/v${VERSION}/jeton-${VERSION}-linux-x64`), sha256: 'x64-sum' },
        { sha256: 'arm64-sum' },
      ],
    });
    const ruby = readFileSync(join(sandbox.folder, formula), 'utf8');
    expect(ruby).toContain(`jeton-${VERSION}-linux-arm64.tar.gz"\n    sha256 "arm64-sum"`);
    expect(`${text}${ruby}`).not.toMatch(/@[A-Z]/);
    if (has('ruby')) expect(spawnSync('ruby', ['-c', join(sandbox.folder, formula)]).status).toBe(0);
  });

  it('are not written without a checksum', async () => {
    await expect(writeRecipes(sandbox.folder, '')).rejects.toThrow('no checksum of the tarball for x64');
  });
});

it.skipIf(!canMakeRoots || !hasCompiled || !has('buildah'))(
  'images of the Containerfile run the programs (needs root, apt-get, buildah and the compiled programs)',
  async () => {
    // All that it stores is in the sandbox; processes of a build have only a folder of their own.
    const store = [`--root=${join(sandbox.folder, 'store')}`, `--runroot=${join(sandbox.folder, 'run')}`];
    const buildah = (...args: string[]) =>
      execFileSync('buildah', [...store, '--storage-driver=vfs', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, BUILDAH_ISOLATION: 'chroot', TMPDIR: sandbox.folder },
      }).trim();
    const base = join(sandbox.folder, 'base');
    for (const file of download(BASE)) execFileSync('dpkg-deb', ['--extract', file, base]);
    const scratch = buildah('from', 'scratch');
    buildah('add', '--quiet', scratch, base, '/');
    buildah('commit', '--quiet', '--rm', scratch, 'localhost/base');

    const release = join(sandbox.folder, 'release');
    mkdirSync(release);
    const name = `jeton-${VERSION}-linux-${arch}`;
    await makeTarball(await stage(arch, join(sandbox.folder, 'tree')), name, join(release, `${name}.tar.gz`));
    await writeInstaller(release, VERSION);
    await writeChecksums(release, VERSION, [`${name}.tar.gz`]);
    const file = [`--file=${join(root, 'packaging/Containerfile')}`, '--build-arg=BASE=localhost/base'];
    buildah('build', '--quiet', ...file, '--layers', '--tag=localhost/jeton-iam', release);
    const container = buildah('from', '--pull-never', 'localhost/jeton-iam');
    expect(buildah('run', container, '--', 'oidc-token', '--version')).toMatch(/^oidc-token .*jeton/);
    expect(buildah('run', container, '--', 'sh', '-c', 'id -u; jeton-iam --version')).toMatch(
      /^65534\njeton-iam /,
    );
    expect(buildah('inspect', '--format={{.OCIv1.Config.Entrypoint}}', container)).toContain(
      'jeton-iam --host',
    );
  },
  600_000,
);
