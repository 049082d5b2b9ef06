// Puts the compiled programs in the place of the Node programs, where there are some for this computer. Whatever is in the way of
// that leaves a Node program, which does the same.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { resolve } = createRequire(import.meta.url);
for (const name of ['oidc-agent-sleeper', 'oidc-token', 'oidc-agent']) {
  const program = join(import.meta.dirname, 'dist', name);
  const candidate = `${program}.new`;
  try {
    copyFileSync(resolve(`@jeton/oidc-token-${process.platform}-${process.arch}/${name}`), candidate);
    chmodSync(candidate, 0o755);
    execFileSync(candidate, ['--version'], { stdio: 'ignore' });
    renameSync(candidate, program);
  } catch {
    rmSync(candidate, { force: true });
  }
}
