// sodium-native was linked with glibc 2.33, of which it needs one function: fstat, for systems without getrandom(2), which Node does not
// run on either. Where the version is needed weakly, older systems load it all the same, and look for the function when it is called.
import { readFile, writeFile } from 'node:fs/promises';

const VERSION = 'GLIBC_2.33';
const FUNCTION = 'fstat';

/** Of ELF (elf.h): section types, the sizes of a section header and a symbol, and VER_FLG_WEAK. */
const SYMBOLS = 11;
const NEEDED_VERSIONS = 0x6ffffffe;
const SYMBOL_VERSIONS = 0x6fffffff;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const WEAK = 2;

/**
 * Has a library of 64 bits load on systems with glibc 2.28, as Node does: RHEL 8, Debian 11, Ubuntu 20.04.
 *
 * @param {string} path of the library, which is changed
 * @returns {Promise<void>}
 * @throws {Error} if it needs more of that glibc than we know of
 */
export async function allowOlderGlibc(path) {
  const file = await readFile(path);
  const sections = sectionsOf(file);
  const [symbols, needed, versions] = [SYMBOLS, NEEDED_VERSIONS, SYMBOL_VERSIONS].map((type) => {
    const section = sections.find((candidate) => candidate.type === type);
    if (section === undefined) throw new Error(`${path} has no section of type ${type}`);
    return section;
  });
  if (symbols === undefined || needed === undefined || versions === undefined) return;
  /** @param {number} offset */
  const text = (offset) => {
    const begin = (sections[symbols.link]?.offset ?? 0) + offset;
    return file.toString('latin1', begin, file.indexOf(0, begin));
  };
  let index;
  for (const at of entriesOf(file, needed.offset)) {
    if (text(file.readUInt32LE(at + 8)) !== VERSION) continue;
    file.writeUInt16LE(file.readUInt16LE(at + 4) | WEAK, at + 4);
    index = file.readUInt16LE(at + 6);
  }
  if (index === undefined) return;
  for (let symbol = 0; symbol < symbols.size / SYMBOL_BYTES; symbol += 1) {
    const name = text(file.readUInt32LE(symbols.offset + symbol * SYMBOL_BYTES));
    if (file.readUInt16LE(versions.offset + symbol * 2) === index && name !== FUNCTION) {
      throw new Error(`${path} needs ${name} of ${VERSION}`);
    }
  }
  await writeFile(path, file);
}

/** @param {Buffer} file */
function sectionsOf(file) {
  const start = Number(file.readBigUInt64LE(40));
  return Array.from({ length: file.readUInt16LE(60) }, (_, number) => {
    const at = start + number * SECTION_BYTES;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
    };
  });
}

/**
 * The versions of all libraries that are needed: their structures (Vernaux).
 *
 * @param {Buffer} file
 * @param {number} start of the section
 */
function* entriesOf(file, start) {
  for (let library = start, next = -1; next !== 0; library += next) {
    next = file.readUInt32LE(library + 12);
    let entry = library + file.readUInt32LE(library + 8);
    for (let count = file.readUInt16LE(library + 2); count > 0; count -= 1) {
      yield entry;
      entry += file.readUInt32LE(entry + 12);
    }
  }
}
