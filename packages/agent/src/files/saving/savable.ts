/** Checks in advance what a process may do with a file: a login or a refresh token that cannot be saved is lost. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shellQuote } from '@jeton/client/shell-quote';
import { FileError } from '../errors.ts';
import { forKeeping } from '../threads.ts';
import { isMountPoint } from './mount-points.ts';
import { targetOf } from './replace-file.ts';

/** Whether new content of an existing file can be saved: by a file that replaces it, or by writing the file itself. */
export async function canBeSaved(path: string): Promise<boolean> {
  const target = await targetOf(path);
  return (await isWritable(target)) || (await whyNotRemovable(target)) === undefined;
}

/**
 * @throws FileError `not-saved` if an existing file cannot be removed: its folder is read-only, or it is a mount
 */
export async function requireRemovable(path: string): Promise<void> {
  for (const file of new Set([path, await targetOf(path)])) {
    const reason = await whyNotRemovable(file);
    if (reason === undefined) continue;
    throw new FileError('not-saved', `the account file '${path}' cannot be removed: ${reason}`, {
      hints: [
        'nothing was changed; do it where the file comes from, or mount its folder in place of the file',
        `to make the agent forget the account: oidc-add -r ${shellQuote(path.slice(dirname(path).length + 1))}`,
      ],
    });
  }
}

async function isWritable(file: string): Promise<boolean> {
  return await forKeeping.use(async () => {
    try {
      await access(file, constants.W_OK);
      const stats = await stat(file);
      // A mounted file without a name has been replaced outside of the mount: writes to it are lost.
      return stats.isFile() && stats.nlink > 0;
    } catch {
      return false;
    }
  });
}

async function whyNotRemovable(file: string): Promise<string | undefined> {
  return await forKeeping.use(async () => {
    if (await isMountPoint(file)) return 'it is a mount';
    try {
      await access(dirname(file), constants.W_OK | constants.X_OK);
      return undefined;
    } catch {
      return 'its folder cannot be written';
    }
  });
}
