/** The file in which programs look for an access token: WLCG Bearer Token Discovery (https://zenodo.org/record/3937438). */
import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, renameSync, rmSync, type Stats, statSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError } from '../../files/errors.ts';
import { acquire } from '../../files/lock/lock.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { ProgramError } from '../../terminal/run.ts';

/** The absolute path at which programs with this environment look for the token. */
export function tokenFilePath(env: NodeJS.ProcessEnv): string {
  return resolve(env.BEARER_TOKEN_FILE || join(env.XDG_RUNTIME_DIR || '/tmp', `bt_u${process.getuid?.()}`));
}

/**
 * Takes the file for this process: the named one, else the one at which programs look. While another process has the
 * latter, perhaps for another account, this process takes a file with a unique name, which the command finds by its environment.
 * @throws FileError `locked` if another process keeps its token in the named file
 */
export async function takeTokenFile(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<{ file: TokenFile; release: () => Promise<void> }> {
  const path = named ? resolve(named) : tokenFilePath(env);
  try {
    const lock = await acquire(path, { wait: 0.2 });
    return { file: new TokenFile(path), release: () => lock.release() };
  } catch (error) {
    if (named || !(error instanceof FileError) || error.kind !== 'locked') throw error;
    return { file: new TokenFile(`${path}-${process.pid}`), release: async () => undefined };
  }
}

export class TokenFile {
  readonly path: string;
  #written: Stats | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Replaces the token, atomically for every reader: 0600, without a line end, because readers put the whole content
   * into a header. Refuses a file or a folder that another user could change.
   *
   * @throws ProgramError
   */
  write(token: string): void {
    const folder = dirname(this.path);
    const temporary = join(folder, `.${basename(this.path)}.${randomBytes(6).toString('hex')}`);
    try {
      refuseStrangers(this.path, folder);
      const file = openSync(temporary, 'wx', 0o600);
      try {
        // Not synced: after a crash, the token is not needed.
        writeSync(file, token);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.path);
      this.#written = lstatSync(this.path);
    } catch (error) {
      rmSync(temporary, { force: true });
      if (error instanceof ProgramError) throw error;
      throw new ProgramError(`could not write the token to ${this.path}: ${describeSystemError(error)}`, [
        'choose another file: oidc-tokensh -o FILE',
      ]);
    }
  }

  /**
   * Removes the file that was written last. Returns whether it was still there: a file that another process has put
   * there since stays.
   */
  remove(): boolean {
    const found = lstatSync(this.path, { throwIfNoEntry: false });
    const isOurs =
      this.#written !== undefined && found?.ino === this.#written.ino && found.dev === this.#written.dev;
    this.#written = undefined;
    if (isOurs) rmSync(this.path, { force: true });
    return isOurs;
  }
}

/**
 * Refuses a place where another user can replace the file: programs would then send their data under that user's
 * identity.
 */
function refuseStrangers(path: string, folder: string): void {
  const refuse = (what: string) => {
    throw new ProgramError(`${path} is not a safe place for a token: ${what}`, [
      'choose another file: oidc-tokensh -o FILE',
    ]);
  };
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.() && uid !== 0) refuse('its folder belongs to another user');
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) refuse('other users can write to its folder');
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isFile()) refuse('it is not a regular file');
  if (there.uid !== process.getuid?.()) refuse('it belongs to another user');
}
