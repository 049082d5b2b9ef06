/** The file of a lock: its name, and how processes create, read and remove it. */
import { constants } from 'node:fs';
import { access, type FileHandle, link, open, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { temporaryName } from '../saving/replace-file.ts';
import { systemErrorCode } from '../system-error.ts';
import { forKeeping } from '../threads.ts';

/** A lock file as it was found. */
export interface SeenLock {
  readonly text: string;
  /** Nanoseconds, by the clock that stamped it. */
  readonly touched: bigint;
}

const LOCK_ENDING = 'lock';

/** Beside the file that it protects, and hidden from every program that lists accounts. */
export function lockFileOf(path: string): string {
  return hiddenBeside(path, LOCK_ENDING);
}

/** The file by which a process announces that it waits for a lock. */
export function waitingFileOf(lockFile: string): string {
  return hiddenBeside(lockFile, 'waiting');
}

function hiddenBeside(path: string, ending: string): string {
  const name = hiddenName(basename(path), ending);
  if (Buffer.byteLength(name) <= 255) return join(dirname(path), name);
  // Loaded for such names alone: it takes 3 ms of an agent's start.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return join(dirname(path), `.${createHash('sha256').update(name).digest('hex')}.${ending}`);
}

const hiddenName = (name: string, ending: string) => `.${name}.${ending}`;

/** The name of the lock file of a file, unless it is too long for the system. */
export const lockFileName = (name: string) => hiddenName(name, LOCK_ENDING);

/** More bytes than any owner's text has. */
const MAX_TEXT_BYTES = 4096;

/**
 * Reads a lock file; undefined if it does not exist.
 * @throws any other system error
 */
export async function readLock(file: string): Promise<SeenLock | undefined> {
  return await opened(file, async (handle) => {
    const { mtimeNs, uid } = await handle.stat({ bigint: true });
    if (await isForeign(file, Number(uid)))
      throw Object.assign(new Error(`${file} is not ours`), { code: 'EPERM' });
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_TEXT_BYTES));
    return { text: buffer.toString('utf8', 0, bytesRead), touched: mtimeNs };
  });
}

/**
 * Whether another user has put it into a sticky folder, in which all users may create files and none may remove those of others.
 * In other folders the owner proves nothing, as a file server may show our own files with another user id.
 */
async function isForeign(file: string, owner: number): Promise<boolean> {
  if (owner === 0 || owner === process.getuid?.()) return false;
  const STICKY = 0o1000;
  return ((await stat(dirname(file))).mode & STICKY) !== 0;
}

/**
 * The errors of a place where no lock file can be made: the folder is not ours, read-only, gone, or too full even for an empty
 * file; or another user has put something else in its place.
 */
export function isNoPlace(error: unknown): boolean {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'];
  return codes.includes(systemErrorCode(error) ?? '');
}

/**
 * Shows processes on other computers that the owner still runs.
 * @throws the system error
 */
export async function touch(file: string, text: string): Promise<void> {
  await opened(file, async (handle) => {
    const now = new Date();
    // By the open file, as its name may be another's lock by the time that this is done.
    if ((await handle.readFile('utf8')) === text) await handle.utimes(now, now);
  });
}

/** Opens the file each time, as that is when NFS asks the server whether it has changed. */
async function opened<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T | undefined> {
  try {
    return await forKeeping.use(async () => {
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      try {
        return await work(handle);
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    // NFS reports ESTALE for a file that was removed meanwhile.
    if (['ENOENT', 'ESTALE'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

export async function exists(file: string): Promise<boolean> {
  return await forKeeping
    .use(() => access(file))
    .then(
      () => true,
      () => false,
    );
}

/**
 * Removes a file, if it exists. Makes one system call; rm() would make three.
 * @throws any other system error
 */
export async function removeFile(file: string): Promise<void> {
  try {
    await forKeeping.use(() => unlink(file));
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Creates a lock file, together with its text, 0600. Does not sync it to the disk: after a crash of the computer no
 * process is left that the lock could hold off.
 *
 * @returns the text of the file, which is empty on a full disk, where an empty file can still be created; undefined if
 * the lock file already exists
 * @throws the system error
 */
export async function create(file: string, text: string): Promise<string | undefined> {
  const temporary = join(dirname(file), temporaryName());
  try {
    await forKeeping.use(() => writeFile(temporary, text, { flag: 'wx', mode: 0o600 }));
    return (await forKeeping.use(() => linkOnce(temporary, file))) ? text : undefined;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) return await createInPlace(file, text);
    if (['ENOSPC', 'EDQUOT'].includes(code)) return await createInPlace(file, '');
    throw error;
  } finally {
    // A file that stays is removed later, with the leftovers of crashes.
    await removeFile(temporary).catch(() => {});
  }
}

async function linkOnce(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    const made = await stat(temporary).catch(() => undefined);
    // Over NFS an answer may be lost and the request repeated, so the link count knows better than the error.
    if (made?.nlink === 2) return true;
    // Another process may have removed the file as a leftover: the next attempt creates it.
    if (made === undefined || systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A process that reads the file before its text is written takes the owner for one on another computer, and waits. */
async function createInPlace(file: string, text: string): Promise<string | undefined> {
  let isMade = false;
  try {
    await forKeeping.use(async () => {
      const handle = await open(file, 'wx', 0o600);
      isMade = true;
      await handle.writeFile(text).finally(() => handle.close());
    });
    return text;
  } catch (error) {
    if (isMade) await removeFile(file);
    if (systemErrorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}
