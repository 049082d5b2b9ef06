import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** A disk for the account files that can be filled. */
export interface SmallDisk {
  fill(): void;
  makeRoom(): void;
}

/** Puts the account files on a small disk, as only root can; undefined where this root may not mount either. */
export function mountSmallDisk(sandbox: Sandbox, kilobytes = 16): SmallDisk | undefined {
  const { accounts } = sandbox;
  const args = ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'tmpfs', accounts];
  if (process.getuid?.() !== 0 || spawnSync('mount', args).status !== 0) return undefined;
  sandbox.onClose(() => spawnSync('umount', [accounts]));
  const filler = join(accounts, '.filler');
  return {
    fill() {
      try {
        writeFileSync(filler, Buffer.alloc(kilobytes * 1024));
      } catch {
        // Full now.
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
  };
}
