import { type FileHandle, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { systemErrorCode } from './errors.ts';
import { isAlive } from './process.ts';
import { uniqueDigits } from './unique.ts';

/**
 * Replaces the content of a file, or creates it, readable by its owner only (0600). The new content is on the disk
 * when this returns; on any failure, or a crash at any moment, the old content is intact.
 *
 * A symbolic link stays one: the file that it points to is replaced. Rejects with the system error.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const target = await targetOf(path);
  const folder = dirname(target);
  const temporary = join(folder, temporaryName());
  try {
    await writeDurably(temporary, content);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
  // Only now: until the content is on the disk, a crash may cost a refresh token.
  await removeLeftOvers(folder).catch(() => undefined);
}

/** The file that a path stands for, through symbolic links; the path itself where there is no file yet. */
export async function targetOf(path: string): Promise<string> {
  return await realpath(path).catch(() => path);
}

/** Makes a rename or a removal in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync a folder; they order their metadata by themselves.
    if (systemErrorCode(error) !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, content: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'wx', 0o600);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/**
 * A name for a file that this process will have removed or renamed soon. The leading dot hides it from every program that
 * lists accounts; the process says when it was left behind.
 */
export function temporaryName(): string {
  return `.jeton-${process.pid}@${hostname()}-${uniqueDigits()}.tmp`;
}

/** Removes what processes of this host left when they died while writing. */
async function removeLeftOvers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid, host] = /^\.jeton-([0-9]+)@(.*)-[0-9a-f]{12}\.tmp$/.exec(name) ?? [];
    if (pid !== undefined && host === hostname() && !isAlive(Number(pid)))
      await rm(join(folder, name), { force: true });
  }
}
