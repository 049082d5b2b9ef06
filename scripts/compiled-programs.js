// How the compiled programs come into the package `jeton`: those for all kinds of computers, beside the Node programs that they start.
import { copyFileSync, existsSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages');
const place = join(packages, 'agent/dist');
const compiled = join(packages, 'native/dist');

/** Copies what is compiled to where the build has put the Node programs, if it has. */
export function placeCompiled() {
  if (!existsSync(place)) return;
  for (const kind of ['linux-x64', 'linux-arm64']) {
    const folder = join(compiled, kind);
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('oidc-')) : [];
    for (const name of names) put(join(folder, name), `${name}-${kind}`);
  }
  // A checkout has its agent sleep, too.
  const sleeper = join(compiled, `${process.platform}-${process.arch}`, 'oidc-agent-sleeper');
  if (existsSync(sleeper)) put(sleeper, 'oidc-agent-sleeper');
}

/**
 * In one step, as it may run.
 *
 * @param {string} program
 * @param {string} name
 */
function put(program, name) {
  const path = join(place, name);
  copyFileSync(program, `${path}.new`);
  renameSync(`${path}.new`, path);
}

/**
 * What npm links as a program that is compiled for some computers: npm runs no script of a package that it installs, and cannot link
 * another file on each kind of computer.
 *
 * @param {string} name
 */
export function launcher(name) {
  return `#!/bin/sh
# Becomes the compiled ${name} where there is one for this computer, and the Node program elsewhere.
self=$(readlink -f "$0") || self=$0
dist=\${self%/launch/*}
case $(uname -sm) in
  'Linux x86_64') compiled=$dist/${name}-linux-x64 ;;
  'Linux aarch64') compiled=$dist/${name}-linux-arm64 ;;
  *) compiled= ;;
esac
if [ -x "$compiled" ]; then exec "$compiled" "$@"; fi
exec node "$dist/${name}.cjs" "$@"
`;
}
