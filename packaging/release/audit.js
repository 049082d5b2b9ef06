// `npm run audit`: asks npm's registry for known vulnerabilities of what reaches a user, compiled in or installed with it. `npm audit` alone
// sees development dependencies there, or nothing at all. Node is not among them: docs/release.md says where its releases are announced.
import { spawn } from 'node:child_process';
import { withShippedProject } from './shipped.js';

process.exitCode = await withShippedProject(
  (cwd) =>
    new Promise((resolve, reject) => {
      // The repository's .npmrc turns it off for `npm install`.
      const args = ['audit', '--audit', '--package-lock-only', ...process.argv.slice(2)];
      const npm = spawn('npm', args, { cwd, stdio: 'inherit' });
      npm.once('error', reject);
      npm.once('exit', (code) => resolve(code ?? 1));
    }),
);
