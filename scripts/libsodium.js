// How to compile the part of libsodium that is in packages/native/libsodium.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEPARATOR } from './third-party.js';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages', 'native');

/** What libsodium's own build finds out about the machines that we compile for, as far as these files need it. */
const options = [
  '-DCONFIGURED=1',
  '-DSODIUM_STATIC=1',
  '-DNATIVE_LITTLE_ENDIAN=1',
  '-DHAVE_TI_MODE=1',
  '-DHAVE_INLINE_ASM=1',
  '-DHAVE_WEAK_SYMBOLS=1',
  '-DHAVE_EXPLICIT_BZERO=1',
  '-DHAVE_C_VARARRAYS=1',
  '-Ilibsodium/include/sodium',
  '-Ilibsodium/include',
  // Of each file, only some functions are used. The others call what is not there.
  ...['-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections'],
];

/** Arguments for a C compiler: options and source files, relative to packages/native, and in the same order everywhere. */
export const libsodium = [
  ...options,
  ...readdirSync(join(native, 'libsodium'), { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.c'))
    .map((file) => join('libsodium', file))
    .sort(),
];

/** What has to come with the compiled programs: the licences of what is linked into them, in the form of third-party.js. */
export function linkedLicenses() {
  const [, version] =
    /^libsodium (\S+)/m.exec(readFileSync(join(native, 'libsodium', 'README.md'), 'utf8')) ?? [];
  const license = readFileSync(join(native, 'libsodium', 'LICENSE'), 'utf8');
  const others = readFileSync(join(native, 'third-party.txt'), 'utf8');
  return `libsodium ${version} (ISC)\n\n${license}${SEPARATOR}${others}`;
}
