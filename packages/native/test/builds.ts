/** The builds of oidc-token, which have one behaviour. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** The compiled programs, by what they are called here: as it is shipped, and one that finds its own mistakes. */
const compiled: Readonly<Record<string, string>> = {
  compiled: join(root, 'dist', `linux-${process.arch}`, 'oidc-token'),
  'compiled with sanitizers': join(root, 'dist', 'checked', 'oidc-token'),
};

/** The builds that are there: Node's always, the others after `npm run build:native`. */
export const buildNames: readonly string[] = ['for Node', ...Object.keys(compiled).filter(isBuilt)];

/** Those that `npm run build:native` has not made, for tests that are skipped by name. */
export const missingBuilds: readonly string[] = Object.keys(compiled).filter((name) => !isBuilt(name));

export interface Builds {
  /** Where they are: a compiled program finds the Node program beside it. Everybody may look into it. */
  readonly folder: string;
  /** The Node program. */
  readonly script: string;
  /** How to start one. */
  command(name: string): [program: string, ...args: string[]];
  remove(): Promise<void>;
}

/** Puts all builds into a folder: the Node program bundled as it is shipped, the compiled ones beside it. */
export async function makeBuilds(): Promise<Builds> {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-oidc-token-'));
  // Another user has to be able to run it, too.
  await chmod(folder, 0o755);
  const script = join(folder, 'oidc-token.cjs');
  await build({
    entryPoints: [join(root, '../agent/src/programs/oidc-token/main.ts')],
    outfile: script,
    // A file of its own, for agents on other computers.
    external: ['@jeton/protocol/encryption'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    conditions: ['source'],
    logLevel: 'warning',
  });
  const inFolder = (name: string) => join(folder, name.replaceAll(' ', '-'));
  for (const [name, path] of Object.entries(compiled)) {
    if (isBuilt(name)) await copyFile(path, inFolder(name));
  }
  return {
    folder,
    script,
    command: (name) => (name in compiled ? [inFolder(name)] : [process.execPath, script]),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Throws for one that is older than its sources: its tests would say nothing about them. */
function isBuilt(name: string): boolean {
  const path = compiled[name];
  if (path === undefined || !existsSync(path)) return false;
  const sources = ['assembly', 'host'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => statSync(join(root, folder, file)).mtimeMs),
  );
  if (statSync(path).mtimeMs < Math.max(...sources)) {
    throw new Error(`${path} is older than its sources: npm run build:native`);
  }
  return true;
}
