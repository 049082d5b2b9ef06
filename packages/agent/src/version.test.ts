import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { JETON_VERSION, VERSION } from './version.ts';

const manifest = async (folder: string) =>
  JSON.parse(await readFile(new URL(`../../${folder}/package.json`, import.meta.url), 'utf8'));

it.each(['agent', 'client', 'iam', 'protocol'])('is that of packages/%s', async (folder) => {
  expect(await manifest(folder)).toMatchObject({ version: JETON_VERSION });
});

it('begins with the release of oidc-agent, the word that scripts read', () => {
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+ \(jeton \d+\.\d+\.\d+\)$/);
});
