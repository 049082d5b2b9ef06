// `node packaging/release/placeholders.js`: writes packages that hold the names of jeton until its first release, ready to publish (docs/release.md).
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputFolder } from '../version.js';

/** Names in npm's registry. */
const NPM_NAMES = ['jeton', '@jeton/client', '@jeton/iam'];
const PYPI_NAME = 'jeton-cli';
const VERSION = '0.0.0';
const DESCRIPTION = 'Reserved for jeton: OAuth access tokens on the command line. There is nothing here yet.';

const folder = join(outputFolder, 'placeholders');
await rm(folder, { recursive: true, force: true });
for (const name of NPM_NAMES) {
  const manifest = {
    name,
    version: VERSION,
    description: DESCRIPTION,
    license: 'Apache-2.0',
    publishConfig: { access: 'public' },
  };
  const place = join(folder, 'npm', name.replace('/', '-'));
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(place, 'README.md'), `# ${name}\n\n${DESCRIPTION}\n`);
}
const pypi = join(folder, 'pypi', PYPI_NAME);
await mkdir(pypi, { recursive: true });
const project = [
  '[build-system]',
  'requires = ["setuptools"]',
  'build-backend = "setuptools.build_meta"',
  '',
  '[project]',
  `name = "${PYPI_NAME}"`,
  `version = "${VERSION}"`,
  `description = "${DESCRIPTION}"`,
  '',
  '[tool.setuptools]',
  'py-modules = []',
  '',
];
await writeFile(join(pypi, 'pyproject.toml'), project.join('\n'));
console.log(folder);
