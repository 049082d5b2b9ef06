import { readAccountContent } from '../../accounts/account-file.ts';
import { withLock } from '../../files/lock/lock.ts';
import { ProgramError } from '../../terminal/run.ts';

/**
 * Changes a file that was read before the user answered a question, but only if it is unchanged: an agent may have
 * saved a new refresh token in the meantime.
 * @throws ProgramError if another program has changed the file; FileError; the errors of `change`
 */
export async function changeUnchanged(
  path: string,
  content: string,
  change: () => Promise<void>,
): Promise<void> {
  await withLock(path, async () => {
    if ((await readAccountContent(path)) !== content) {
      throw new ProgramError(`'${path}' was changed by another program in the meantime`, ['try again']);
    }
    await change();
  });
}
