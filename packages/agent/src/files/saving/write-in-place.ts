/** Writes into a file that no other file can replace: one that is mounted, or in a folder that is read-only. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MAX_FILE_BYTES } from '../reading/limits.ts';

/**
 * Writes a file without creating another one. Truncates it only after the write, so a reader never finds it empty. If
 * the write fails, for instance on a full disk, restores the old content. The new content is on the disk when this
 * returns.
 *
 * @param mayBeOfOthers whether the file may belong to another user, who could then read the content
 * @throws the system error, or an error that names the problem with the file
 */
export async function writeInPlace(path: string, content: string, mayBeOfOthers: boolean): Promise<void> {
  const handle = await open(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    const { size, mode, nlink, uid } = stats;
    if (!stats.isFile() || size > MAX_FILE_BYTES.account) throw new Error(`'${path}' is not an account file`);
    if (nlink === 0) throw new Error(`'${path}' was replaced outside of this mount`);
    const user = process.geteuid?.();
    if (!mayBeOfOthers && user !== 0 && uid !== user) throw new Error(`'${path}' belongs to another user`);
    // Some mounts, and files of others, keep their mode.
    if ((mode & 0o077) !== 0) await handle.chmod(0o600).catch(() => undefined);
    const old = Buffer.alloc(size);
    const { bytesRead } = await handle.read(old, 0, size, 0);
    try {
      await put(handle, Buffer.from(content));
    } catch (error) {
      await put(handle, old.subarray(0, bytesRead));
      throw error;
    }
  } finally {
    await handle.close();
  }
}

async function put(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, done)).bytesWritten;
  }
  await handle.truncate(bytes.length);
  await handle.sync();
}
