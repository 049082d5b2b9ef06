import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import { ConfigSection } from './section.ts';

let root: string;
let system: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'config ü '));
  system = join(root, 'system');
  env = { OIDC_USER_CONFIG: join(root, 'user') };
  return () => rmSync(root, { recursive: true });
});

const write = (name: string, content: unknown) =>
  writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
const section = () => new ConfigSection('oidc-agent', env, system);
const complaint = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return [error.message, ...error.hints];
    throw error;
  }
  throw new Error('the file was accepted');
};

describe('the file config', () => {
  test('that is missing, empty or without the section leaves every default', () => {
    for (const content of [undefined, '', '\n# nothing\n{}', { 'oidc-gen': { lifetime: 5 } }]) {
      if (content !== undefined) write('user', content);
      expect(section().boolean('autoload', true)).toBe(true);
      expect(section().wholeNumber('lifetime')).toBeUndefined();
    }
  });

  test('is JSON in which whole lines may be comments', () => {
    write('user', '# for all\n{\n  "oidc-agent": {\n    # an hour\n    "lifetime": 3600\n  }\n}\n');
    expect(section().wholeNumber('lifetime')).toBe(3600);
  });

  test('may begin with a byte order mark', () => {
    write('user', '\uFEFF# for all\n{"oidc-agent": {"lifetime": 3600}}');
    expect(section().wholeNumber('lifetime')).toBe(3600);
  });

  test("of the user wins over the system's, member by member; null takes a member back, or a section", () => {
    write('system', { 'oidc-agent': { lifetime: 1, autoload: false, group: 'all' } });
    write('user', { 'oidc-agent': { lifetime: 2, group: null } });
    expect(section().wholeNumber('lifetime')).toBe(2);
    expect(section().boolean('autoload', true)).toBe(false);
    expect(section().text('group')).toBeUndefined();
    write('user', { 'oidc-agent': null });
    expect(section().boolean('autoload', true)).toBe(true);
  });

  test('may write names with dashes or underscores, also differently in the two files', () => {
    write('system', { 'oidc-agent': { 'cert-path': '/system.pem', 'bind-address': '/sock' } });
    write('user', { 'oidc-agent': { cert_path: '/user.pem' } });
    expect(section().text('cert-path')).toBe('/user.pem');
    expect(section().text('bind_address')).toBe('/sock');
  });

  test('may write booleans and numbers as texts; nothing is said by null, "" and {}', () => {
    write('user', {
      'oidc-agent': { lifetime: '60', autoload: 'false', confirm: 1, 'auto-gen': {}, group: '' },
    });
    expect(section().wholeNumber('lifetime')).toBe(60);
    expect(section().boolean('autoload', true)).toBe(false);
    expect(section().boolean('confirm', false)).toBe(true);
    expect(section().boolean('auto-gen', true)).toBe(true);
    expect(section().text('group')).toBeUndefined();
  });
});

describe('a file config that is broken', () => {
  test('is named with line and column', () => {
    write('user', '# mine\n{\n  "oidc-agent": { "lifetime": 1,, }\n}\n');
    expect(complaint(section)).toEqual([
      'error in configuration file: could not parse json',
      `see ${join(root, 'user')}:3:33`,
    ]);
  });

  test.each([
    ['[]', 'is not a json object'],
    ['{"oidc-agent": 5}', "section 'oidc-agent' is not a json object"],
    ['{"oidc-agent": {"lifetime": "soon"}}', "'lifetime' in section 'oidc-agent' has to be a whole number"],
    ['{"oidc-agent": {"lifetime": -1}}', "'lifetime' in section 'oidc-agent' has to be a whole number"],
  ])('is told so: %s', (content, problem) => {
    write('user', content);
    expect(complaint(() => section().wholeNumber('lifetime'))).toEqual([
      `error in configuration file: ${problem}`,
      `see ${join(root, 'user')}`,
    ]);
  });

  test('is told by the name that the file has, and by the file that is at fault', () => {
    write('system', { 'oidc-agent': { 'pw-prompt': 'loud' } });
    write('user', { 'oidc-agent': { autoload: 'maybe' } });
    expect(complaint(() => section().choice('pw_prompt', ['cli', 'gui']))).toEqual([
      "error in configuration file: 'pw-prompt' in section 'oidc-agent' has to be one of cli, gui",
      `see ${system}`,
    ]);
    expect(complaint(() => section().boolean('autoload', true))[1]).toBe(`see ${join(root, 'user')}`);
  });

  test('is no file at all', () => {
    mkdirSync(join(root, 'user'));
    expect(complaint(section)[0]).toBe('error in configuration file: could not open file');
  });
});

describe("the user's file", () => {
  test('is config in the agent directory, unless OIDC_USER_CONFIG names another or /dev/null', () => {
    const home = join(root, 'home');
    mkdirSync(join(home, '.config/oidc-agent'), { recursive: true });
    write('home/.config/oidc-agent/config', { 'oidc-agent': { lifetime: 7 } });
    write('user', { 'oidc-agent': { lifetime: 8 } });
    const lifetime = () => section().wholeNumber('lifetime');
    env = { HOME: home };
    expect(lifetime()).toBe(7);
    env = { HOME: home, OIDC_USER_CONFIG: '/DEV/null' };
    expect(lifetime()).toBeUndefined();
    env = { HOME: root, OIDC_USER_CONFIG: '~/user' };
    expect(lifetime()).toBe(8);
  });

  test('is not missed where there is no home', () => {
    env = {};
    expect(section().boolean('autoload', true)).toBe(true);
  });
});
