import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './system-error.ts';

/**
 * Makes a folder of mode 0700, and those above it, where they are missing. Node's own way, `recursive`, never ends where no folder
 * can be made, as below /proc.
 *
 * @returns whether the folder was missing
 * @throws the system error
 */
export function makeFolders(folder: string): boolean {
  if (isFolder(folder)) return false;
  try {
    return makeFolder(folder);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  makeFolders(dirname(folder));
  return makeFolder(folder);
}

/** @returns whether it was missing, also if another process has just made it */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isFolder(folder)) return false;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
