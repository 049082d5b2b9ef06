// `npm run build:native`: compiles oidc-token, oidc-agent and the agent that sleeps from packages/native to static programs, for each kind of machine.
// TypeScript (AssemblyScript) becomes WebAssembly, that becomes C, and that becomes a program that needs nothing else.
// The same sources and tools give the same bytes, in whatever folder.
//
//   node scripts/build-native.js [--checked|--fuzzer] [FOLDER]     FOLDER is packages/native/dist otherwise
//
// --checked makes programs for tests instead: an oidc-token and an agent that sleeps that check their memory accesses, an oidc-token
// that waits four seconds where oidc-token waits minutes, and an agent that sleeps whose wall clock can be set.
// --fuzzer makes programs that feed themselves (scripts/fuzz.js).
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { placeCompiled } from './compiled-programs.js';
import { libsodium, linkedLicenses } from './libsodium.js';
import { writeConstants } from './native-constants.js';

/**
 * @typedef {object} Target
 * @property {string} name of its folder
 * @property {[compiler: string, ...others: string[]]} tools that it takes
 * @property {string} debian packages that have them
 * @property {string[]} flags for the compiler
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'packages', 'native');

/** Memory for what it handles, in pages of 64 KiB: 92 MiB, so that with all else it fits into 96 MiB (docs/native.md). */
const mostPages = '1472';

/**
 * A program: the file in packages/native/assembly, how its memory is managed, its files in packages/native besides runtime.c, and
 * whether it encrypts.
 *
 * @typedef {{ name: string, runtime: string, host: string[], pages: string, encrypts?: boolean }} Program
 */

const everyHost = ['host/module.c', 'host/process.c', 'host/files.c', 'host/sockets.c'];
const commandHost = [...everyHost, 'host/command.c', 'host/start.c'];
const sealingHost = ['host/sealing.c', 'host/cipher.c'];
const sleeperHost = [...everyHost, 'host/sleeper.c', 'host/programs.c', 'host/update.c', ...sealingHost];

// A program this short need not free anything; what it takes is bounded.
const short = { runtime: 'stub', host: commandHost, pages: mostPages };
/** @type {Program} */
const oidcToken = { name: 'oidc-token', ...short };
/** @type {Program} */
const oidcAgent = { name: 'oidc-agent', ...short };
// This one runs for weeks.
const long = { runtime: 'minimal', pages: '1024' };
/** @type {Program} */
const sleeper = { name: 'oidc-agent-sleeper', host: sleeperHost, ...long, encrypts: true };
/** @type {Program[]} */
const fuzzed = [
  { ...oidcToken, host: ['fuzz/fuzz-token.c'] },
  { name: 'sleeper-answers', host: ['fuzz/fuzz-sleeper.c'], ...long },
  {
    name: 'sleeper-clients',
    host: ['fuzz/fuzz-clients.c', 'host/module.c', ...sealingHost],
    ...long,
    encrypts: true,
  },
];

/** Every program is for one kind of machine, and needs nothing of it but Linux. */
const SMALL = ['-O2', '-static', '-no-pie', '-s', '-ffunction-sections', '-fdata-sections'];
const REPRODUCIBLE = ['-Wl,--gc-sections', '-Wl,--build-id=none'];
const SANITIZERS = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** The builds of a release. Each needs its tools to be installed. */
const releases = [release('x64', 'amd64', 'x86_64'), release('arm64', 'arm64', 'aarch64')];
/** @type {Target} */
const checked = { name: 'checked', tools: ['gcc'], debian: 'gcc', flags: ['-O0', ...SANITIZERS] };
/** @type {Target} */
const impatient = {
  name: 'impatient',
  tools: ['gcc'],
  debian: 'gcc',
  flags: ['-O0', '-DTIMEOUT_SECONDS=4'],
};
/** @type {Target} */
const settableClock = {
  name: 'settable-clock',
  tools: ['gcc'],
  debian: 'gcc',
  flags: ['-O1', '-Wl,--wrap=clock_gettime', join(source, 'test', 'settable-clock.c')],
};
/** @type {Target} */
const fuzzer = {
  name: 'fuzzer',
  tools: ['clang'],
  debian: 'clang and libclang-rt-dev',
  flags: ['-O1', ...SANITIZERS, '-fsanitize=fuzzer', '-Wno-unused-parameter'],
};

const { values, positionals } = parseArgs({
  options: { checked: { type: 'boolean' }, fuzzer: { type: 'boolean' } },
  allowPositionals: true,
});
const outdir = resolve(positionals[0] ?? join(source, 'dist'));

const wasm2c = find('wasm2c');
if (wasm2c === undefined) {
  console.error('nothing is compiled: there is no wasm2c (Debian: wabt)');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-native-'));
  try {
    await writeConstants();
    for (const [program, ...targets] of wanted()) {
      writeSources(folder, program, wasm2c);
      for (const target of targets) compile(folder, program, target);
    }
  } catch (error) {
    // The tool itself has said what is wrong.
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What is compiled, and for what.
 *
 * @returns {[program: Program, ...targets: Target[]][]}
 */
function wanted() {
  if (values.fuzzer) return fuzzed.map((program) => [program, fuzzer]);
  if (values.checked) {
    return [
      [oidcToken, checked, impatient],
      [sleeper, checked, settableClock],
    ];
  }
  return [oidcToken, oidcAgent, sleeper].map((program) => [program, ...releases]);
}

/**
 * The compiler for a machine, with musl as its C library.
 *
 * @param {string} arch the machine's name in Node
 * @param {string} debian ... in Debian
 * @param {string} gcc ... in GCC
 * @returns {Target}
 */
function release(arch, debian, gcc) {
  const name = `linux-${arch}`;
  const flags = [...SMALL, ...REPRODUCIBLE];
  if (arch === process.arch) return { name, tools: ['musl-gcc'], debian: 'musl-tools', flags };
  const specs = `/usr/lib/${gcc}-linux-musl/musl-gcc.specs`;
  return {
    name,
    tools: [`${gcc}-linux-gnu-gcc`, specs],
    debian: `gcc-${gcc.replace('_', '-')}-linux-gnu and musl-dev:${debian}`,
    flags: [...flags, `-specs=${specs}`],
  };
}

/**
 * All that a C compiler needs for a program, in one folder.
 *
 * @param {string} folder
 * @param {Program} program
 * @param {string} wasm2c
 */
function writeSources(folder, { name, runtime, pages }, wasm2c) {
  /** @type {(program: string, args: string[]) => void} */
  const run = (program, args) => execFileSync(program, args, { cwd: folder, stdio: 'inherit' });
  run(process.execPath, [
    join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js'),
    join(source, 'assembly', `${name}.ts`),
    ...['--outFile', 'program.wasm', '-O3'],
    ...['--runtime', runtime, '--initialMemory', '4', '--maximumMemory', pages],
    // A mistake ends the program; it has nothing to say about it that a person could use.
    ...['--use', 'abort='],
  ]);
  run(wasm2c, ['program.wasm', '--module-name', 'program', '--output', 'program.c']);
  cpSync(join(dirname(dirname(wasm2c)), 'include', 'wasm-rt.h'), join(folder, 'wasm-rt.h'));
}

/**
 * @param {string} folder with the sources
 * @param {Program} program
 * @param {Target} target
 */
function compile(folder, program, { name, tools, debian, flags }) {
  const missing = tools.find((tool) => find(tool) === undefined);
  if (missing !== undefined) {
    console.error(`${program.name} is not compiled for ${name}: there is no ${missing} (Debian: ${debian})`);
    return;
  }
  for (const part of ['host', 'fuzz', 'libsodium'])
    cpSync(join(source, part), join(folder, part), { recursive: true });
  const outfile = join(outdir, name, program.name);
  mkdirSync(dirname(outfile), { recursive: true });
  // Each access to memory is checked where it happens: to let the processor find the wrong ones costs more at the start.
  const always = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Wno-unused',
    '-I.',
    '-Ihost',
    '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
    `-DMOST_PAGES=${program.pages}`,
    `-DPROGRAM="${program.name}"`,
  ];
  const sources = [...program.host, 'host/runtime.c', 'program.c', ...(program.encrypts ? libsodium : [])];
  execFileSync(tools[0], [...always, ...flags, ...sources, '-lm', '-o', outfile], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (program.encrypts) writeFileSync(join(outdir, name, 'third-party.txt'), linkedLicenses());
  console.log(outfile);
  if (positionals.length === 0) placeCompiled();
}

/**
 * Where a tool is: a program that PATH finds, or a file.
 *
 * @param {string} name
 */
function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return folders.map((folder) => resolve(folder, name)).find(existsSync);
}
