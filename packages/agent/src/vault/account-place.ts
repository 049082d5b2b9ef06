/** Where the file of a loaded account is, and where it was. */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeSystemError, VaultError } from './errors.ts';
import { readAccountContent } from './store.ts';

/** Where a file was when it was last seen. */
export interface Home {
  /** As it was asked for. */
  readonly path: string;
  /** The same, or what the path led to as a symbolic link. */
  readonly target: string;
  /** Tells the folder of the target from another one that has taken its path. */
  readonly folder: string;
}

export class AccountPlace {
  readonly #find: () => Promise<string>;
  #home: Home | undefined;
  #wasFound: boolean;

  /**
   * @param find where the file should be, as long as it was not seen; may reject with a VaultError when that is not known
   * @param home where it was seen before
   */
  constructor(find: () => Promise<string>, home: Home | undefined) {
    this.#find = find;
    this.#home = home;
    this.#wasFound = home !== undefined;
  }

  /** Whether there ever was something at the path. */
  get wasFound(): boolean {
    return this.#wasFound;
  }

  /** Undefined as long as no file was seen. */
  get home(): Home | undefined {
    return this.#home;
  }

  /** @throws VaultError as `find` */
  async path(): Promise<string> {
    return this.#home?.path ?? (await this.#find());
  }

  /** As `path`; undefined instead of the error. Throws a VaultError `no-answer` as long as the disk keeps that to itself. */
  async pathIfKnown(): Promise<string | undefined> {
    try {
      return await this.path();
    } catch (error) {
      if (error instanceof VaultError && error.kind !== 'no-answer') return undefined;
      throw error;
    }
  }

  /**
   * What the file contains; undefined when there is none. Throws a VaultError when it cannot be read, or as `find`.
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
   * Where a file that is not there any more is written again: where it was.
   * @throws VaultError `not-saved` where that folder is gone, or another one has its path, or no file was ever seen
   */
  async formerPath(): Promise<string> {
    if (this.#home === undefined) {
      throw new VaultError('not-saved', `there is no account file '${await this.path()}'`, {
        hints: ['an account that was made with --no-save, or on another computer, is in memory only'],
      });
    }
    const { target, folder } = this.#home;
    const now = await folderOf(target).catch((error: unknown) => describeSystemError(error));
    if (now === folder) return target;
    throw new VaultError(
      'not-saved',
      `the account file '${target}' is gone, and its folder is not the one that it was in`,
      { hints: ['bring the folder back, or put a copy of the file there: the agent then saves into it'] },
    );
  }

  /** Only the symbolic link may be gone. */
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
    if (error instanceof VaultError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
