// The licences of other people's packages that a bundle has parts of, which have to come with them.
/** @import { Metafile } from 'esbuild' */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Between two licences. */
export const SEPARATOR = `\n${'-'.repeat(80)}\n\n`;

/**
 * The packages of npm that bundles have parts of.
 *
 * @param {Metafile[]} metafiles of esbuild
 * @returns their folders, such as `node_modules/jose`, sorted
 */
export function bundledPackages(metafiles) {
  const files = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([file]) => file),
    ),
  );
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/**
 * @param {string} root the folder that the paths in the metafiles start from
 * @param {Metafile[]} metafiles of esbuild
 * @returns a text with name, version and licence of each package, or '' without any
 */
export async function thirdPartyLicenses(root, metafiles) {
  const texts = bundledPackages(metafiles).map((folder) => licenseOf(join(root, folder)));
  return (await Promise.all(texts)).join(SEPARATOR);
}

/**
 * @param {string} folder of a package of npm
 * @returns its name, version and licence
 */
export async function licenseOf(folder) {
  /** @type {{ name: string, version: string, license: string }} */
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = await readdir(folder, { recursive: true, encoding: 'utf8' });
  // Parts that come from elsewhere have a licence of their own.
  const licenses = files.filter(
    (file) => /^(?!.*node_modules\/)(.*\/)?licen[cs]e[^/]*$/i.test(file) && !/\.[cm]?[jt]s$/.test(file),
  );
  const texts = licenses.sort().map((file) => readFile(join(folder, file), 'utf8'));
  const text = (await Promise.all(texts)).map((each) => `\n${each.trim()}\n`).join('');
  return `${name} ${version} (${license})\n${text}`;
}
