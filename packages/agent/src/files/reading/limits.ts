/** The most bytes that a file of each kind may have. Real ones are far smaller. */
export const MAX_FILE_BYTES = {
  configuration: 64 * 1024,
  /** A password or a token; only the first line counts. */
  secret: 64 * 1024,
  account: 1024 * 1024,
  certificates: 16 * 1024 * 1024,
} as const;

export interface ReadLimits {
  /** Bytes; a larger file is not read. 0 reads nothing, and gives the file's identity alone. */
  readonly most: number;
  /** Whether it may be a pipe into which a program writes, as in `--pw-file=<(command)`. */
  readonly mayBePipe?: boolean;
}

/** The content of a file at one point in time. */
export interface FileContent {
  readonly bytes: Buffer;
  /** Differs between two files, and after a change of one: device, inode, time of the last write, size. */
  readonly identity: string;
}
