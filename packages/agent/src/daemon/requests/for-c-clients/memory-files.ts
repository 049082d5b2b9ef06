import { RequestFailure } from '../../failure.ts';

/** The C suite's oidc-gen keeps a client here until its account is finished; a user never needs more than this. */
const MAX_FILES = 1000;
const MAX_CHARACTERS = 10_000_000;

/** Files in the agent's memory that clients of the C suite write and read. The agent does not interpret them. */
export class MemoryFiles {
  readonly #files = new Map<string, string>();

  write(name: string, data: string): void {
    const size = [...this.#files].reduce((sum, [key, value]) => sum + key.length + value.length, data.length);
    if (this.#files.size >= MAX_FILES || size > MAX_CHARACTERS) {
      throw new RequestFailure('the agent keeps no more files');
    }
    this.#files.set(name, data);
  }

  /** @throws RequestFailure if the file does not exist */
  read(name: string): string {
    const data = this.#files.get(name);
    if (data === undefined) throw new RequestFailure('File not found');
    return data;
  }

  /** All of them, for another process. */
  get all(): readonly (readonly [name: string, data: string])[] {
    return [...this.#files];
  }

  remove(name: string): void {
    this.#files.delete(name);
  }
}
