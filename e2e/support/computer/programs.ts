import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';

/** The two suites that must be able to stand in for each other. */
export type Suite = 'ours' | 'c';

/** Where `npm run build` links our programs. */
export const ourPrograms = resolve(import.meta.dirname, '../../../node_modules/.bin');
/** The folder of the Node that runs our programs; undefined for the one that is installed. vitest.config.ts says which tests run with which. */
export const nodeFolder = process.env.JETON_NODE_FOLDER;
const debian = '/usr/bin';

/** The path of a program: ours as `npm run build` links it, or Debian's. */
export function programPath(name: string, suite: Suite = 'ours'): string {
  return join(suite === 'ours' ? ourPrograms : debian, name);
}

/** Whether Debian's package oidc-agent-cli is there; suites that need it are skipped by name where it is not. */
export const hasDebianSuite = isExecutable(programPath('oidc-agent', 'c'));

export const chromium = '/usr/bin/chromium';
/** Whether Debian's Chromium is there. */
export const hasChromium = isExecutable(chromium);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
