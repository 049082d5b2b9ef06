/** What docs/configuration.md says about the files is what is read. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { customParameters } from '../src/config/custom-parameters.ts';
import { KnownIssuer, parseIssuerFile } from '../src/config/issuers/issuer-file.ts';
import { ConfigSection } from '../src/config/section.ts';
import { addConfig, agentConfig, genConfig } from '../src/config/settings.ts';
import { ConfigurationError } from '../src/configuration-error.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');

/** The text under a heading, to the next one that is not below it. */
function chapter(heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const text = page.slice(start + 1 + heading.length);
  const end = text.search(new RegExp(`\n#{1,${heading.indexOf(' ')}} `));
  return end === -1 ? text : text.slice(0, end);
}

/** The cells of the table rows under a heading. */
const rows = (heading: string) =>
  [...chapter(heading).matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split(' | '));

const example = (heading: string) => /```json\n(.*?)```/s.exec(chapter(heading))?.[1] ?? '';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-page-'));
  mkdirSync(join(folder, 'system'));
  return () => rmSync(folder, { recursive: true });
});

/** A section of a file `config` with this text. */
function section(name: string, text: string): ConfigSection {
  const file = join(folder, 'config');
  writeFileSync(file, text);
  return new ConfigSection(name, { OIDC_USER_CONFIG: file }, join(folder, 'none'));
}

test('the examples for administrators have members that the programs read', () => {
  const administration = readFileSync(
    resolve(import.meta.dirname, '../../../docs/administration.md'),
    'utf8',
  );
  const [config = '', issuers = ''] = [...administration.matchAll(/```json\n(.*?)```/gs)].map(
    ([, text]) => text,
  );
  for (const [name, members] of Object.entries<object>(JSON.parse(config))) {
    const known = rows(`### Section ${name}`).map(([member = '']) => member.replaceAll('`', ''));
    expect(known).toEqual(expect.arrayContaining(Object.keys(members)));
  }
  const { entries, warnings } = parseIssuerFile(issuers, 'issuer.config');
  expect(warnings).toEqual([]);
  const known = Object.keys(KnownIssuer.entries);
  for (const entry of entries) expect(known).toEqual(expect.arrayContaining(Object.keys(entry)));
});

const sections: [name: string, read: (section: ConfigSection) => object][] = [
  ['oidc-agent', agentConfig],
  ['oidc-gen', genConfig],
  ['oidc-add', addConfig],
  [
    'oidc-token',
    (section) => ({
      minLifetime: section.wholeNumber('default-min-lifetime') ?? 0,
      mytokenProfile: section.text('default_mytoken_profile') ?? 'web-default',
    }),
  ],
];

describe.each(sections)('section %s', (name, read) => {
  const members = rows(`### Section ${name}`).map(([member = '', value = '']) => ({
    member: member.replaceAll('`', ''),
    value: JSON.parse(value.replaceAll('`', '')),
  }));

  test('has these members, with these defaults', () => {
    const nothing = read(section(name, '{}'));
    expect(members).toHaveLength(Object.keys(nothing).length);
    const written = Object.fromEntries(members.map(({ member, value }) => [member, value]));
    expect(read(section(name, JSON.stringify({ [name]: written })))).toEqual(nothing);
  });

  test.each(members)('heeds $member', ({ member }) => {
    const text = JSON.stringify({ [name]: { [member]: { not: 'understood' } } });
    expect(() => read(section(name, text))).toThrow(ConfigurationError);
  });

  test('of the example is understood', () => {
    expect(() => read(section(name, example('## config')))).not.toThrow();
  });
});

test('the example of config says what its text says', () => {
  expect(agentConfig(section('oidc-agent', example('## config'))).lifetime).toBe(36000);
  expect(genConfig(section('oidc-gen', example('## config'))).cnid).toBe('laptop');
});

test('the example of issuer.config is understood, and its members are those that are described', () => {
  const { entries, warnings } = parseIssuerFile(example('## issuer.config'), 'issuer.config');
  expect(warnings).toEqual([]);
  expect(entries[0]).toMatchObject({ default_account: 'example', user_client: { flow: ['device'] } });
  const described = rows('## issuer.config').map(([names = '']) => /`([\w-]+)`/.exec(names)?.[1]);
  expect(described.sort()).toEqual(Object.keys(KnownIssuer.entries).sort());
});

test('the example of custom_parameters.config is understood', async () => {
  writeFileSync(join(folder, 'custom_parameters.config'), example('## custom_parameters.config'));
  const places = { directory: folder, systemDirectory: join(folder, 'system'), env: { TENANT: 'cms' } };
  const parametersOf = async (request: 'auth_url' | 'refresh', issuer: string) => {
    const { parameters, warnings } = await customParameters(request, { issuer, account: 'wlcg' }, places);
    expect(warnings).toEqual([]);
    return Object.entries(parameters).map(([name, value]) => [name, value.reveal()]);
  };
  expect(await parametersOf('auth_url', 'https://login.helmholtz.de/oauth2/')).toEqual([
    ['claims_in_tokens', 'id_token token'],
  ]);
  expect(await parametersOf('refresh', 'https://iam.example/')).toEqual([['tenant', 'cms']]);
});
