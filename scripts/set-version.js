// `npm run set-version 0.2.0`: writes the version of the next release wherever it has to be, and makes the changelog's "Unreleased" its
// section. The test packages/agent/src/version.test.ts fails if any two places differ.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [version = ''] = process.argv.slice(2);

if (/^\d+\.\d+\.\d+$/.test(version)) {
  const manifests = execFileSync('git', ['ls-files', '--', 'packages/**/package.json'], { cwd: root });
  for (const manifest of manifests.toString().trim().split('\n')) {
    replace(manifest, /(?<=^ {2}"version": ")[^"]+/m, version);
  }
  replace('packages/agent/src/version.ts', /(?<=JETON_VERSION = ')[^']+/, version);
  const today = new Date().toISOString().slice(0, 10);
  replace('CHANGELOG.md', /^## Unreleased$/m, `## Unreleased\n\n## ${version} (${today})`);
  const lock = ['install', '--package-lock-only', '--ignore-scripts', '--offline'];
  execFileSync('npm', lock, { cwd: root, stdio: 'inherit' });
} else {
  console.error('Usage: npm run set-version MAJOR.MINOR.PATCH');
  process.exitCode = 64;
}

/**
 * @param {string} file
 * @param {RegExp} pattern
 * @param {string} text
 */
function replace(file, pattern, text) {
  const path = join(root, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(pattern, text));
}
