import type { Stats } from 'node:fs';

/** The problem of a folder of accounts, and the command that mends it. */
export interface OpenFolder {
  readonly message: string;
  readonly hint: string;
}

/** Checks whether other users can put files into a folder of accounts: programs would then use an account of another user. */
export function openFolder(
  directory: string,
  { mode, uid }: Pick<Stats, 'mode' | 'uid'>,
): OpenFolder | undefined {
  const own = process.getuid?.() ?? uid;
  if (uid !== own && uid !== 0) {
    const message = `the folder of your accounts belongs to another user: ${directory}`;
    return {
      message,
      hint: `copy it to a folder of your own, or make it yours as root: chown ${own} '${directory}'`,
    };
  }
  if ((mode & 0o022) === 0) return undefined;
  return {
    message: `other users can write to the folder of your accounts: ${directory}`,
    hint: `take that permission away: chmod go-w '${directory}'`,
  };
}
