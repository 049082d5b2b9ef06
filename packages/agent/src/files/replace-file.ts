import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from './errors.ts';
import { forKeeping } from './threads.ts';
import { uniqueDigits } from './unique.ts';
import { writeInPlace } from './write-in-place.ts';

/**
 * Replaces the content of a file, or creates it, readable by its owner only (0600). The new content is on the disk
 * when this returns; on any failure, or a crash at any moment, the old content is intact.
 *
 * A symbolic link stays one: the file that it points to is replaced. A file that cannot be replaced, because it is mounted or its
 * folder is read-only, is written in place (see `writeInPlace`), with the new content in `.<name>.new` beside it meanwhile
 * where the folder allows that. Rejects with the system error.
 *
 * @param mayBeOfOthers whether a file that is written in place may belong to another user
 * @param agreed awaited when the new content is on the disk, and has not taken the place of the old one yet; if it rejects, so does
 * this, and the old content stays
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
    // Who has set its clock may take a file for left behind that was made a moment ago.
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

/** The copy of what is being written in place: after a power cut it is whole. */
function copyOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.new`);
}

/** The file that a path stands for, through symbolic links; the path itself where there is no file yet. */
export async function targetOf(path: string): Promise<string> {
  return await forKeeping.use(() => realpath(path)).catch(() => path);
}

/** Makes a rename or a removal in the folder durable. */
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
 * A name for a file that will have been removed or renamed soon. The leading dot hides it from every program that lists
 * accounts; the process is named for a person who finds it.
 */
export function temporaryName(): string {
  return `.jeton-${process.pid}@${hostname()}-${uniqueDigits()}.tmp`;
}

/** Milliseconds after which a temporary file is taken for left behind: a hundred times what a save takes on a slow disk. */
const LEFT_BEHIND = 600_000;

/**
 * Removes what processes left when they died while writing. Whether the one in the name is alive is not to be known: it may be
 * on another computer or in another container. So the age decides, by the clock of the disk, which has just given one to `fresh`.
 */
async function removeLeftOvers(folder: string, fresh: string): Promise<void> {
  const { mtimeMs: now } = await stat(fresh);
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (!/^\.jeton-[0-9]+@.*-[0-9a-f]{12}\.tmp$/.test(name)) continue;
    if (now - (await stat(file)).mtimeMs > LEFT_BEHIND) await rm(file, { force: true });
  }
}
