import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  accountFilePath,
  accountPath,
  agentDirectory,
  createAgentDirectory,
  listAccountNames,
} from './directory.ts';

/** Any character of Unicode; fast-check's own `binary` takes five seconds to make its table. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home ü '));
  return () => rmSync(home, { recursive: true });
});

describe('the agent directory', () => {
  test('is the first of the three that exists', () => {
    const env = { HOME: home, OIDC_CONFIG_DIR: join(home, 'own') };
    expect(agentDirectory(env)).toBeUndefined();
    mkdirSync(join(home, '.oidc-agent'));
    expect(agentDirectory(env)).toBe(join(home, '.oidc-agent'));
    mkdirSync(join(home, '.config/oidc-agent'), { recursive: true });
    expect(agentDirectory(env)).toBe(join(home, '.config/oidc-agent'));
    mkdirSync(join(home, 'own'));
    expect(agentDirectory(env)).toBe(join(home, 'own'));
  });

  test('expands ~ and variables in OIDC_CONFIG_DIR', () => {
    mkdirSync(join(home, 'cfg'));
    expect(agentDirectory({ HOME: home, OIDC_CONFIG_DIR: '~/cfg/' })).toBe(join(home, 'cfg'));
    expect(agentDirectory({ HOME: home, WHERE: home, OIDC_CONFIG_DIR: '$WHERE/cfg' })).toBe(
      join(home, 'cfg'),
    );
    expect(() => agentDirectory({ HOME: home, OIDC_CONFIG_DIR: '$WHERE/cfg' })).toThrow(
      'Environment variable WHERE is not set',
    );
  });

  test('needs a HOME only when nothing else is given', () => {
    expect(agentDirectory({ OIDC_CONFIG_DIR: home })).toBe(home);
    expect(() => agentDirectory({})).toThrow('Environment variable HOME is not set, cannot resolve ~.');
  });

  test('is created for its owner only, in the first place whose parent exists', () => {
    const umask = process.umask(0);
    try {
      expect(createAgentDirectory({ HOME: home })).toBe(join(home, '.oidc-agent'));
      mkdirSync(join(home, '.config'));
      expect(createAgentDirectory({ HOME: home })).toBe(join(home, '.oidc-agent'));
      rmSync(join(home, '.oidc-agent'), { recursive: true });
      expect(createAgentDirectory({ HOME: home })).toBe(join(home, '.config/oidc-agent'));
      expect(statSync(join(home, '.config/oidc-agent')).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(umask);
    }
    expect(() => createAgentDirectory({ HOME: join(home, 'gone') })).toThrow('its parent does not exist');
  });
});

describe('the list of accounts', () => {
  test('leaves out what is no account, and sorts by bytes', () => {
    const accounts = [
      'atlas',
      'DEEP-ac',
      'XDC',
      'wlcg',
      'two words',
      'ünï',
      'x.clientconfigs',
      'conf',
      'log',
      '😀',
      '￿',
    ];
    const others = [
      'config',
      'issuer.config',
      'oidc-agent.log',
      'oidc-agent.stats',
      'x.clientconfig',
      'x.clientconfig2',
    ];
    const hidden = ['.wlcg', '.jeton-1@host-0123456789ab.tmp', 'oidc-agent-service.options'];
    for (const name of [...accounts, ...others, ...hidden]) writeFileSync(join(home, name), '');
    mkdirSync(join(home, 'issuer.config.d'));
    mkdirSync(join(home, 'folder'));
    expect(listAccountNames(home)).toEqual([
      'DEEP-ac',
      'XDC',
      'atlas',
      'conf',
      'log',
      'two words',
      'wlcg',
      'x.clientconfigs',
      'ünï',
      '￿',
      '😀',
    ]);
  });

  test.each([
    ['of the 7-line form', '40\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n', true],
    ['of the old hexadecimal form', '40:000102:030405:060708', true],
    ['encrypted with GPG', '-----BEGIN PGP MESSAGE-----\n\nhF4D', true],
    ['of plain JSON', ' {"name": "my"}', true],
    ['of which a full disk has left nothing', '', true],
    ['of which it has left the first three characters', '112', true],
    ['with notes in it', 'password hints\n', false],
    ['with a list', '12 apples\n', false],
    ['with JSON after a byte order mark', '\uFEFF{\n  "name": "wlcg"', true],
    ['with a program', '\x7fELF\x02\x01', false],
  ])('tells by its start whether a file is an account: one %s', (_, content, listed) => {
    writeFileSync(join(home, 'my.txt'), content);
    expect(listAccountNames(home)).toEqual(listed ? ['my.txt'] : []);
  });

  test('has a file that cannot be opened, as the next error tells why', () => {
    writeFileSync(join(home, 'wlcg'), 'notes', { mode: 0o000 });
    expect(listAccountNames(home)).toEqual(process.getuid?.() === 0 ? [] : ['wlcg']);
  });

  test('follows links to files, not to folders or nowhere', () => {
    writeFileSync(join(home, 'a'), '');
    symlinkSync('a', join(home, 'linked'));
    symlinkSync('.', join(home, 'folder'));
    symlinkSync('gone', join(home, 'dangling'));
    expect(listAccountNames(home)).toEqual(['a', 'linked']);
  });
});

describe('a short name', () => {
  test.each([
    ['', 'it is empty'],
    ['../x', 'it contains a slash'],
    ['/etc/passwd', 'it contains a slash'],
    ['a/b', 'it contains a slash'],
    ['.', 'it starts with a dot'],
    ['..', 'it starts with a dot'],
    ['.hidden', 'it starts with a dot'],
    ['a\0b', 'it contains a control character'],
    ['a\nb', 'it contains a control character'],
    ['x'.repeat(256), 'it is longer than 255 bytes'],
    ['config', 'a file of that name configures the agent'],
    ['issuer.config', 'files with that ending are not accounts'],
  ])('%j is refused', (name, why) => {
    expect(() => accountPath('/agent', name)).toThrow(why);
  });

  test('cannot leave the folder, and its account is listed', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 1, maxLength: 60 }), (name) => {
        let path: string;
        try {
          path = accountPath(home, name);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'bad-name' });
          return;
        }
        writeFileSync(path, '');
        expect(listAccountNames(home)).toContain(Buffer.from(name).toString());
        rmSync(path);
      }),
    );
  });

  test('is not looked for where a path is meant', () => {
    expect(accountFilePath('/agent', 'wlcg', {})).toBe('/agent/wlcg');
    expect(accountFilePath(undefined, '/tmp/x', {})).toBe('/tmp/x');
    expect(accountFilePath(undefined, '~/x', { HOME: '/home/me' })).toBe('/home/me/x');
    expect(() => accountFilePath('/agent', '../x', {})).toThrow('is not an account short name');
    expect(() => accountFilePath(undefined, 'wlcg', {})).toThrow('Run oidc-gen to create it.');
  });
});
