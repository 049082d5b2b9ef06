/** Remembers where the file of a loaded account was, so that the agent can write it there again. */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError } from '../../files/errors.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { readAccountContent } from '../account-file.ts';

/** The place where a file was seen last. */
export interface Home {
  /** The path by which the agent asked for the file. */
  readonly path: string;
  /** The same, or the target if the path was a symbolic link. */
  readonly target: string;
  /** The identity (device and inode) of the target's folder: another folder may have taken its path since. */
  readonly folder: string;
}

export class AccountPlace {
  readonly #find: () => Promise<string>;
  #home: Home | undefined;
  #wasFound: boolean;

  /**
   * @param find returns the path of the file until the file has been seen; may reject with a FileError
   * @param home the place where the file was seen before
   */
  constructor(find: () => Promise<string>, home: Home | undefined) {
    this.#find = find;
    this.#home = home;
    this.#wasFound = home !== undefined;
  }

  /** Whether a file ever existed at the path. */
  get wasFound(): boolean {
    return this.#wasFound;
  }

  /** Undefined until the file has been seen. */
  get home(): Home | undefined {
    return this.#home;
  }

  /** @throws FileError as `find` */
  async path(): Promise<string> {
    return this.#home?.path ?? (await this.#find());
  }

  /**
   * As `path`, but gives undefined instead of most errors.
   * @throws FileError `no-answer` while the file server does not answer
   */
  async pathIfKnown(): Promise<string | undefined> {
    try {
      return await this.path();
    } catch (error) {
      if (error instanceof FileError && error.kind !== 'no-answer') return undefined;
      throw error;
    }
  }

  /**
   * Reads the file; undefined if it does not exist.
   * @throws FileError if the file is unreadable, and the errors of `find`
   */
  async read(): Promise<string | undefined> {
    const path = await this.path();
    const content = await contentIfAny(path).catch((error: unknown) => {
      this.#wasFound = true;
      throw error;
    });
    if (content === undefined) return await this.#readTarget(path);
    this.#wasFound = true;
    this.#home = await homeOf(path).catch(() => this.#home);
    return content;
  }

  /**
   * The path at which a file that is gone is written again: the one where it was.
   * @throws FileError `not-saved` if that folder is gone, or another one has its path, or no file was ever seen
   */
  async formerPath(): Promise<string> {
    if (this.#home === undefined) {
      throw new FileError('not-saved', `there is no account file '${await this.path()}'`, {
        hints: ['an account that was created with --no-save or on another computer is in memory only'],
      });
    }
    const { target, folder } = this.#home;
    const now = await folderOf(target).catch((error: unknown) => describeSystemError(error));
    if (now === folder) return target;
    throw new FileError(
      'not-saved',
      `the account file '${target}' is gone, and another folder has replaced its folder`,
      { hints: ['restore the folder, or copy the file into the new one: the agent then saves into it'] },
    );
  }

  /** Reads the target, if the path was a symbolic link, and only the link is gone. */
  async #readTarget(path: string): Promise<string | undefined> {
    const target = this.#home?.target ?? path;
    return target === path ? undefined : await contentIfAny(target);
  }
}

async function homeOf(path: string): Promise<Home> {
  const target = await realpath(path);
  return { path, target, folder: await folderOf(target) };
}

async function folderOf(file: string): Promise<string> {
  const { dev, ino } = await stat(dirname(file), { bigint: true });
  return `${dev}:${ino}`;
}

async function contentIfAny(path: string): Promise<string | undefined> {
  try {
    return await readAccountContent(path);
  } catch (error) {
    if (error instanceof FileError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
