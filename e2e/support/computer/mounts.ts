import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** Whether we may mount here, as only root can, and not every root. */
export const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

/**
 * Moves an account file to another folder, and mounts it where it was, as `docker -v FILE:FILE` does.
 *
 * @param options of the mount, `ro` for instance
 * @returns the path of the file outside of the mount: what is there stays when the container is gone
 */
export function mountFile(sandbox: Sandbox, name: string, options?: string): string {
  const path = join(sandbox.accounts, name);
  const outside = join(sandbox.folder, 'outside');
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  const file = join(outside, basename(name));
  cpSync(path, file);
  chmodSync(file, 0o600);
  mount(sandbox, file, path, options);
  return file;
}

/** Makes the folder of the accounts read-only, but for the files that are mounted in it afterwards. */
export function makeFolderReadOnly(sandbox: Sandbox): void {
  mount(sandbox, sandbox.accounts, sandbox.accounts, 'ro');
}

function mount(sandbox: Sandbox, from: string, to: string, options?: string): void {
  run('mount', ['--bind', from, to]);
  sandbox.onClose(() => spawnSync('umount', ['-l', to]));
  if (options !== undefined) run('mount', ['-o', `remount,bind,${options}`, to]);
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}
