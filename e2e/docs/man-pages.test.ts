/** The manual pages that the build makes: readable from a checkout and from an installed package, and complete. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';

const root = resolve(import.meta.dirname, '../..');
const programs = [
  'jeton',
  'jeton-iam',
  'oidc-add',
  'oidc-agent',
  'oidc-agent-service',
  'oidc-gen',
  'oidc-keychain',
  'oidc-prompt',
  'oidc-token',
  'oidc-tokensh',
];
const has = (program: string) => spawnSync('which', [program]).status === 0;
const sandbox = new Sandbox();
afterAll(() => sandbox.close());

/** The long options of a help text or a page. */
const optionsIn = (text: string) => new Set(text.match(/(?<![\w-])--[a-zA-Z][\w-]+/g) ?? []);

it('each program has a page, and npm finds it', () => {
  expect(readdirSync(join(root, 'man')).sort()).toEqual(programs.map((name) => `${name}.1`).sort());
  const installed = ['packages/agent', 'packages/iam'].flatMap((folder) => {
    const { man }: { man: string[] } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return man.map((file) => join(folder, file));
  });
  expect(installed.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(installed.map((file) => file.split('/').at(-1)).sort()).toEqual(
    programs.map((name) => `${name}.1`).sort(),
  );
});

describe.skipIf(!has('man'))('man (needs man)', () => {
  it.each(programs)('shows ./man/%s.1 with every option of --help', async (program) => {
    const page = spawnSync('man', ['--warnings=w', `./man/${program}.1`], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LANG: 'C', MANWIDTH: '200' },
    });
    expect({ stderr: page.stderr, status: page.status }).toEqual({ stderr: '', status: 0 });
    for (const heading of [
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      // jeton-iam reads no variables.
      ...(program === 'jeton-iam' ? [] : ['ENVIRONMENT']),
      'EXIT STATUS',
      'EXAMPLES',
      'SEE ALSO',
    ])
      expect(page.stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
    const { stdout } = await sandbox.run(program, ['--help']);
    expect([...optionsIn(page.stdout)]).toEqual(expect.arrayContaining([...optionsIn(stdout)]));
  });
});

it.skipIf(!has('mandoc'))('mandoc finds nothing wrong with the pages (needs mandoc)', () => {
  const pages = programs.map((name) => join(root, 'man', `${name}.1`));
  const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...pages], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
