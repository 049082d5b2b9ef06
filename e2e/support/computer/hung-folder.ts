import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Sandbox } from './sandbox.ts';

/**
 * Has every access to a folder hang, as on a file server that does not answer: mounts a FUSE file system there that no
 * process serves. Only root can; undefined where this root may not either.
 *
 * @returns a function that ends it; processes that hang there then get an error
 */
export function hang(sandbox: Sandbox, folder: string): (() => void) | undefined {
  if (process.getuid?.() !== 0) return undefined;
  let device: number | undefined;
  try {
    device = openSync('/dev/fuse', 'r+');
  } catch {
    return undefined;
  }
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const mount = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'hung', folder], {
    stdio: ['ignore', 'ignore', 'ignore', device],
  });
  let isOver = mount.status !== 0;
  const end = () => {
    if (isOver) return;
    isOver = true;
    closeSync(device);
    spawnSync('umount', ['-l', folder]);
  };
  if (isOver) closeSync(device);
  sandbox.onClose(end);
  return mount.status === 0 ? end : undefined;
}
