// Puts the compiled oidc-token in the place of the Node program, where there is one for this computer. Whatever is in the way
// of that leaves the Node program, which does the same.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const program = join(import.meta.dirname, 'dist', 'oidc-token');
const candidate = `${program}.new`;
try {
  const { resolve } = createRequire(import.meta.url);
  copyFileSync(resolve(`@jeton/oidc-token-${process.platform}-${process.arch}/oidc-token`), candidate);
  chmodSync(candidate, 0o755);
  execFileSync(candidate, ['--version'], { stdio: 'ignore' });
  renameSync(candidate, program);
} catch {
  rmSync(candidate, { force: true });
}
