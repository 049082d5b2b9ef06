/** The compiled programs beside those that they were built with, as they are when jeton is installed. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

const packages = join(import.meta.dirname, '../../../packages');
const compiled = join(packages, 'native/dist', `linux-${process.arch}`);

/** Whether `npm run build:native` has made them. */
export const hasCompiled = existsSync(join(compiled, 'oidc-agent'));

/** Installs all programs into a folder of a sandbox, which is returned. */
export function installPrograms(sandbox: Sandbox): string {
  const folder = join(sandbox.folder, 'installed');
  const programs = join(packages, 'agent/dist');
  mkdirSync(folder);
  for (const file of readdirSync(programs)) symlinkSync(join(programs, file), join(folder, file));
  for (const name of ['oidc-agent', 'oidc-token']) {
    rmSync(join(folder, name));
    copyFileSync(join(compiled, name), join(folder, name));
  }
  return folder;
}
