import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { JETON_VERSION, VERSION } from './version.ts';

it('names the release of this package', async () => {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: JETON_VERSION });
});

it('begins with the release of oidc-agent, the word that scripts read', () => {
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+ \(jeton \d+\.\d+\.\d+\)$/);
});
