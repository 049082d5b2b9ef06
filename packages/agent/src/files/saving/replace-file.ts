import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../system-error.ts';
import { forKeeping } from '../threads.ts';
import { uniqueDigits } from '../unique.ts';
import { writeInPlace } from './write-in-place.ts';

/**
 * Replaces the content of a file, or creates it, readable by its owner only (0600). The new content is on the disk when
 * this returns; after a failure or a crash the old content is intact.
 *
 * Follows a symbolic link and replaces its target. If a file cannot be replaced, because it is a mount point or its
 * folder is read-only, writes it in place (see `writeInPlace`), and keeps the new content in `.<name>.new` beside it
 * meanwhile, if the folder allows that.
 *
 * @param mayBeOfOthers whether a file that is written in place may belong to another user
 * @param agreed awaited when the new content is on the disk but has not replaced the old one yet; if it rejects, so
 * does this, and the old content stays
 * @throws the system error
 */
export async function replaceFile(
  path: string,
  content: string,
  { mayBeOfOthers = false, agreed }: { mayBeOfOthers?: boolean; agreed?: Promise<unknown> | undefined } = {},
): Promise<void> {
  const target = await targetOf(path);
  const folder = dirname(target);
  try {
    await putInPlace(target, content, agreed);
  } catch (error) {
    // The caller has not agreed.
    await agreed;
    if (isRefusal(error)) {
      await forKeeping
        .use(() => writeInPlace(target, content, mayBeOfOthers))
        .catch((reason: unknown) => {
          throw systemErrorCode(reason) === 'ENOENT' ? error : reason;
        });
      await rm(copyOf(target), { force: true }).catch(() => undefined);
      return;
    }
    // A process whose clock was set forward may have removed this new file as a leftover.
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    await putInPlace(target, content, agreed);
  }
  await syncFolder(folder);
  // Only now: until the content is on the disk, a crash may cost a refresh token.
  await forKeeping.use(() => removeLeftOvers(folder, target)).catch(() => undefined);
}

async function putInPlace(
  target: string,
  content: string,
  agreed: Promise<unknown> | undefined,
): Promise<void> {
  const temporary = join(dirname(target), temporaryName());
  await forKeeping.use(async () => {
    try {
      await writeDurably(temporary, content);
      await agreed;
      await rename(temporary, target);
    } catch (error) {
      if (systemErrorCode(error) === 'EBUSY') await rename(temporary, copyOf(target)).catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  });
}

/** The errors of a file that is mounted, and of a folder in which no file can be made. */
function isRefusal(error: unknown): boolean {
  return ['EBUSY', 'EACCES', 'EROFS'].includes(systemErrorCode(error) ?? '');
}

/** The copy of the content during a write in place: after a power cut it is complete. */
function copyOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.new`);
}

/** The target of a path through symbolic links; the path itself if no file exists yet. */
export async function targetOf(path: string): Promise<string> {
  return await forKeeping.use(() => realpath(path)).catch(() => path);
}

/**
 * Makes a rename or a removal in the folder durable.
 * @throws the system error
 */
export async function syncFolder(folder: string): Promise<void> {
  await forKeeping.use(async () => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } catch (error) {
      // Some file systems cannot sync a folder; they order their metadata by themselves.
      if (systemErrorCode(error) !== 'EINVAL') throw error;
    } finally {
      await handle.close();
    }
  });
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
 * A name for a short-lived file. The leading dot hides it from every program that lists accounts; the process ID is
 * there for a user who finds the file.
 */
export function temporaryName(): string {
  return `.jeton-${process.pid}@${hostname()}-${uniqueDigits()}.tmp`;
}

/**
 * Milliseconds after which a temporary file counts as a leftover: a hundred times the duration of a save on a slow
 * disk.
 */
const LEFT_BEHIND_MS = 600_000;

/**
 * Removes temporary files of processes that died while writing. Whether the process in the name is alive is unknown: it
 * may run on another computer or in another container. So the age decides, by the clock of the disk, which has just
 * stamped `fresh`.
 */
async function removeLeftOvers(folder: string, fresh: string): Promise<void> {
  const { mtimeMs: now } = await stat(fresh);
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (!/^\.jeton-[0-9]+@.*-[0-9a-f]{12}\.tmp$/.test(name)) continue;
    if (now - (await stat(file)).mtimeMs > LEFT_BEHIND_MS) await rm(file, { force: true });
  }
}
