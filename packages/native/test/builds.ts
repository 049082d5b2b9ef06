/** The builds of oidc-token, and of the agent that sleeps. Those of a program have one behaviour. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { areConstantsNew } from '../../../scripts/native-constants.js';

const root = join(import.meta.dirname, '..');
const hasNewConstants = await areConstantsNew();

interface Compiled {
  readonly path: string;
  /** The emulator that runs it on this machine. */
  readonly emulator?: string;
}

/** Where `npm run build:native` puts them. */
export const dist = join(root, 'dist');
const qemu = '/usr/bin/qemu-aarch64-static';

/** The compiled builds of a program, by their names in the tests: the shipped one, and one that checks its memory accesses. */
function compiledBuilds(program: string): Readonly<Record<string, Compiled>> {
  const arm64: Compiled = { path: join(dist, 'linux-arm64', program), emulator: qemu };
  return {
    compiled: { path: join(dist, `linux-${process.arch}`, program) },
    'compiled with sanitizers': { path: join(dist, 'checked', program) },
    ...(process.arch === 'arm64' ? {} : { 'compiled for arm64': arm64 }),
  };
}

const compiled = compiledBuilds('oidc-token');

/** The existing builds: Node's always, the others after `npm run build:native`. */
export const buildNames: readonly string[] = [
  'for Node',
  ...Object.keys(compiled).filter((name) => isBuilt(compiled[name])),
];

const compiledSleepers = Object.entries(compiledBuilds('oidc-agent-sleeper'));

/** The existing builds of the agent that sleeps, and how to start them. */
export const sleepers: readonly (readonly [name: string, command: Command])[] = compiledSleepers
  .filter(([, build]) => isBuilt(build))
  .map(([name, { path, emulator }]) => [name, emulator === undefined ? [path] : [emulator, path]]);

/** As `missingBuilds`. */
export const missingSleepers: readonly string[] = compiledSleepers
  .filter(([, build]) => !isBuilt(build))
  .map(([name]) => name);

/** A compiled program that waits four seconds for an agent, where the others wait minutes. */
export const impatient = join(dist, 'impatient', 'oidc-token');

/** Those that `npm run build:native` has not made, for tests that are skipped by name. */
export const missingBuilds: readonly string[] = Object.keys(compiled).filter(
  (name) => !isBuilt(compiled[name]),
);

/** How to start a program. */
export type Command = readonly [program: string, ...args: string[]];

export interface Builds {
  /** The folder of both: a compiled program finds the Node program in its folder. Every user may read it. */
  readonly folder: string;
  /** The Node program. */
  readonly script: string;
  /** How to start one. */
  command(name: string): Command;
  remove(): Promise<void>;
}

/** Puts all builds into a folder: the Node program bundled as it is shipped, and the compiled ones. */
export async function makeBuilds(): Promise<Builds> {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-oidc-token-'));
  // Another user has to be able to run it, too.
  await chmod(folder, 0o755);
  const script = join(folder, 'oidc-token.cjs');
  await build({
    entryPoints: [join(root, '../agent/src/programs/oidc-token/main.ts')],
    outfile: script,
    // A separate file, for agents on other computers.
    external: ['@jeton/protocol/encryption'],
    bundle: true,
    platform: 'node',
    // As in scripts/build.js: the UMD of jsonc-parser cannot be bundled.
    mainFields: ['module', 'main'],
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    conditions: ['jeton-source'],
    logLevel: 'warning',
  });
  const commands = new Map<string, Command>();
  for (const name of buildNames) {
    if (name in compiled) commands.set(name, await install(name, join(folder, name.replaceAll(' ', '-'))));
  }
  return {
    folder,
    script,
    command: (name) => commands.get(name) ?? [process.execPath, script],
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Copies a compiled program. @returns how to start the copy */
export async function install(name: string, path: string): Promise<Command> {
  const { path: original = '', emulator } = compiled[name] ?? {};
  await copyFile(original, path);
  return emulator === undefined ? [path] : [emulator, path];
}

function isBuilt({ path = '', emulator = path }: Partial<Compiled> = {}): boolean {
  if (!existsSync(path) || !existsSync(emulator)) return false;
  // Tests of an older one would say nothing about the sources.
  const sources = ['assembly', 'host', 'libsodium'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(join(root, folder, file)).mtimeMs,
    ),
  );
  if (!hasNewConstants || statSync(path).mtimeMs < Math.max(...sources)) {
    throw new Error(`${path} is older than its sources: npm run build:native`);
  }
  return true;
}
