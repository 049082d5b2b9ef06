// `npm run build:native`: compiles oidc-token from packages/native to static programs, one for each kind of machine.
// TypeScript (AssemblyScript) becomes WebAssembly, that becomes C, and that becomes a program that needs nothing else.
// The same sources and tools give the same bytes, in whatever folder.
//
//   node scripts/build-native.js [--checked] [FOLDER]     FOLDER is packages/native/dist otherwise
//
// --checked makes a program for tests instead: it finds its own mistakes, and waits a second where the other waits minutes.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'packages', 'native');

const small = [
  '-O2',
  '-static',
  '-no-pie',
  '-s',
  '-ffunction-sections',
  '-fdata-sections',
  '-Wl,--gc-sections',
];
const sanitizers = ['-O0', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** What is made where its compiler is there; `debian` is the package that has it. */
const releases = [
  { name: 'linux-x64', compiler: 'musl-gcc', debian: 'musl-tools', flags: [...small, '-Wl,--build-id=none'] },
];
const checked = [
  { name: 'checked', compiler: 'gcc', debian: 'gcc', flags: [...sanitizers, '-DTIMEOUT_SECONDS=1'] },
];

const { values, positionals } = parseArgs({
  options: { checked: { type: 'boolean' } },
  allowPositionals: true,
});
const outdir = resolve(positionals[0] ?? join(source, 'dist'));

const wasm2c = findProgram('wasm2c');
if (wasm2c === undefined) {
  console.error('oidc-token is not compiled: wasm2c is not installed (Debian package wabt)');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-native-'));
  try {
    writeSources(folder, dirname(dirname(wasm2c)));
    for (const target of values.checked ? checked : releases) compile(folder, target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All that a C compiler needs, in one folder. */
function writeSources(folder, prefix) {
  const run = (program, args) => execFileSync(program, args, { cwd: folder, stdio: 'inherit' });
  run(process.execPath, [
    join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js'),
    join(source, 'assembly', 'main.ts'),
    ...['--outFile', 'program.wasm', '-O3'],
    // A program this short need not free anything; what it takes is bounded, in pages of 64 KiB.
    ...['--runtime', 'stub', '--initialMemory', '4', '--maximumMemory', '1024'],
    // A mistake ends the program; it has nothing to say about it that a person could use.
    ...['--use', 'abort='],
  ]);
  run(wasm2c, ['program.wasm', '--module-name', 'program', '--output', 'program.c']);
  cpSync(join(source, 'host', 'host.c'), join(folder, 'host.c'));
  for (const file of [
    'share/wabt/wasm2c/wasm-rt-impl.c',
    'share/wabt/wasm2c/wasm-rt-impl.h',
    'include/wasm-rt.h',
  ]) {
    cpSync(join(prefix, file), join(folder, file.slice(file.lastIndexOf('/') + 1)));
  }
}

function compile(folder, { name, compiler, debian, flags }) {
  if (findProgram(compiler) === undefined) {
    console.error(
      `oidc-token is not compiled for ${name}: ${compiler} is not installed (Debian package ${debian})`,
    );
    return;
  }
  const program = join(outdir, name, 'oidc-token');
  mkdirSync(dirname(program), { recursive: true });
  // Each access to memory is checked where it happens: to let the processor find the wrong ones costs more at the start.
  const always = [
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Wno-unused',
    '-I.',
    '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
  ];
  const sources = ['host.c', 'program.c', 'wasm-rt-impl.c', '-lm'];
  execFileSync(compiler, [...always, ...flags, ...sources, '-o', program], { cwd: folder, stdio: 'inherit' });
  console.log(program);
}

function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
