/** The most bytes that a file of each kind may have: no honest one comes near. */
export const mostBytes = {
  configuration: 64 * 1024,
  /** A password, a token: the first line counts. */
  secret: 64 * 1024,
  account: 1024 * 1024,
  certificates: 16 * 1024 * 1024,
} as const;

export interface ReadLimits {
  /** Bytes; a file that has more is not read. 0 asks for its identity alone. */
  readonly most: number;
  /** Whether it may be a pipe into which a program writes, as in `--pw-file=<(command)`. */
  readonly mayBePipe?: boolean;
}

/** A file, as it was at one moment. */
export interface FileContent {
  readonly bytes: Buffer;
  /** Tells the file from every other, and from itself when it has been written: device, inode, time of change, size. */
  readonly identity: string;
}
