// What the compiled programs share with the Node programs: packages/native/shared-with-node.ts collects it from where the Node programs
// have it, and this writes it as AssemblyScript and C.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages', 'native');

/** Around the name of a parameter in a text: characters that a shell need not quote. */
const MARK = '@@';

const assemblyFile = join(native, 'assembly', 'generated.ts');
const headerFile = join(native, 'host', 'generated.h');
const ORIGIN =
  'Written by scripts/native-constants.js from packages/native/shared-with-node.ts: change it there.';

/** Writes the files where they are not as they should be: their times tell whether a program is older. */
export async function writeConstants() {
  for (const [file, content] of await contents()) {
    if (content === written(file)) continue;
    // In one step, for another build at the same time.
    writeFileSync(`${file}.${process.pid}`, content);
    renameSync(`${file}.${process.pid}`, file);
  }
}

/** Whether the files have what the Node programs have now. */
export async function areConstantsNew() {
  return (await contents()).every(([file, content]) => content === written(file));
}

/** @param {string} file */
function written(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** @returns {Promise<[file: string, content: string][]>} */
async function contents() {
  const { HOST, ...shared } = await sharedValues();
  const declarations = Object.entries(shared).map(([name, value]) => declaration(name, value));
  const macros = Object.entries(Object(HOST)).map(([name, value]) => macro(name, value));
  return [
    [assemblyFile, [`/** ${ORIGIN} */\n`, ...declarations].join('\n')],
    [headerFile, [`/* ${ORIGIN} */`, ...macros, ''].join('\n')],
  ];
}

/**
 * What packages/native/shared-with-node.ts exports.
 *
 * @returns {Promise<Record<string, any>>}
 */
export async function sharedValues() {
  const { outputFiles } = await build({
    entryPoints: [join(native, 'shared-with-node.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // As in scripts/build.js: the UMD of jsonc-parser cannot be bundled.
    mainFields: ['module', 'main'],
    conditions: ['jeton-source'],
    logLevel: 'warning',
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
  return await import(`data:text/javascript;base64,${code}`);
}

/**
 * A number, or the elements of a list of texts; a build may define another value.
 *
 * @param {string} name
 * @param {number | string[]} value
 */
function macro(name, value) {
  const content = Array.isArray(value) ? value.map((text) => JSON.stringify(text)).join(', ') : value;
  return `#ifndef ${name}\n#define ${name} ${content}\n#endif`;
}

/**
 * An exported value as AssemblyScript:
 * - a number is one of type i32, or of type f64 if its name ends in SECONDS or if it has a fraction;
 * - a text, and a list of texts or numbers, are what they are;
 * - a function that puts texts into a text stays one;
 * - an object is a namespace of the same, and a list of objects is one with a list for each of their members.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function declaration(name, value) {
  if (typeof value === 'number') return constant(name, typeOf(name, value), String(value));
  if (typeof value === 'string') return constant(name, 'string', JSON.stringify(value));
  if (typeof value === 'function') return textFunction(name, /** @type {any} */ (value));
  if (!Array.isArray(value)) return namespace(name, Object.entries(Object(value)));
  const [first] = value;
  if (typeof first === 'object') {
    const columns = Object.keys(first).map((column) => [column, value.map((row) => row[column])]);
    return namespace(name, Object.entries({ size: value.length, ...Object.fromEntries(columns) }));
  }
  const type = typeof first === 'string' ? 'string' : 'i32';
  return constant(name, `StaticArray<${type}>`, JSON.stringify(value));
}

/**
 * A lazy constant is not in a program that does not use it.
 *
 * @param {string} name
 * @param {string} type
 * @param {string} value
 */
function constant(name, type, value) {
  return `// @ts-expect-error: decorator\n@lazy export const ${name}: ${type} = ${value};\n`;
}

/**
 * @param {string} name
 * @param {number} value
 */
function typeOf(name, value) {
  return name.endsWith('SECONDS') || !Number.isInteger(value) ? 'f64' : 'i32';
}

/**
 * @param {string} name
 * @param {[string, unknown][]} members
 */
function namespace(name, members) {
  const declarations = members.map(([member, value]) => declaration(upperCase(member), value));
  return `export namespace ${name} {\n${declarations.join('')}}\n`;
}

/**
 * `pidFile` and `pid-file` are PID_FILE.
 *
 * @param {string} name
 */
function upperCase(name) {
  return name
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

/**
 * @param {string} name
 * @param {(...texts: string[]) => string} write
 */
function textFunction(name, write) {
  const names = Array.from({ length: write.length }, (_, index) => `text${index + 1}`);
  const parts = write(...names.map((parameter) => `${MARK}${parameter}${MARK}`)).split(MARK);
  const terms = parts.map((part, index) => (index % 2 === 0 ? JSON.stringify(part) : part));
  const sum = terms.filter((term) => term !== '""').join(' + ');
  const parameters = names.map((parameter) => `${parameter}: string`).join(', ');
  return `export function ${name}(${parameters}): string {\n  return ${sum};\n}\n`;
}
