import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of others that pages call. */
const otherPrograms = {
  make: 'echo "make $* $OIDC_SOCK"',
  'gfal-ls': 'echo "$BEARER_TOKEN"',
  rucio: 'echo "rucio $*"; test -s "$BEARER_TOKEN_FILE"',
  pass: 'echo password',
  pinentry: 'exit 1',
  zenity: 'exit 0',
  vi: `sed -i 's/"grant_types":\\[/&"password",/' "$1"`,
};

/** Writes scripts in place of them into a new folder. */
export function writeOtherPrograms(folder: string): void {
  mkdirSync(folder);
  for (const [name, script] of Object.entries(otherPrograms)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}
