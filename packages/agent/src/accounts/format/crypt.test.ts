import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { FileKey, open, openLegacy, type Sealed, seal } from './crypt.ts';
import { parseAccountFile } from './format.ts';
import { sodium } from './sodium.ts';

/** Any character of Unicode; fast-check's own `binary` takes five seconds to make its table. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

function sealedOf(lines: readonly string[]): Sealed {
  const file = parseAccountFile(lines.join('\n'));
  if (file.form !== 'sealed') throw new Error('not a sealed file');
  return file.sealed;
}

// Also in docs/account-file.md.
const VECTOR_1 = [
  '20',
  'lzCHhZr0UL0or/mk1hsoBU5euCQVLv5U',
  'Cpq4aAHr+22bIH535xnKFQ==',
  '24:16:16:32:1:2:67108864:2',
  '7vG6GHd45pLNqV5vdCGsAwat37o=',
  'D9MfcJjzEnXFD232v1MMbRQjHfkaJkifqz/uPPbLCXs=',
];
const VECTOR_2 = [
  '28',
  'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX',
  'AAECAwQFBgcICQoLDA0ODw==',
  '24:16:16:32:1:2:67108864:2',
  'x6ZGeorGpr3FQvh/0v6EZX0AHPIWpl4TS4mp2Q==',
  'EzCLV5nhypLgAwHXvuEiSSYNXUXRKUGzeGw/Uyj+sz0=',
];

let key: FileKey;
beforeAll(async () => {
  key = await FileKey.derive(new Secret('secret'), sealedOf(VECTOR_2).salt);
});

describe('known answers', () => {
  test('vector 1 opens', async () => {
    const sealed = sealedOf(VECTOR_1);
    expect(open(sealed, await FileKey.derive(new Secret('password'), sealed.salt))).toBe('test');
  });

  test('vector 2 opens', () => {
    expect(open(sealedOf(VECTOR_2), key)).toBe('{"name":"x"}');
  });

  test('hex files of both generations of libsodium open', async () => {
    // Password "geheim", salt 00..0f, nonce 00..17.
    for (const cipher of [LEGACY_ARGON2I, LEGACY_ARGON2ID]) {
      const file = parseAccountFile(`28:${'000102030405060708090a0b0c0d0e0f'}:${NONCE_HEX}:${cipher}`);
      if (file.form !== 'hex') throw new Error('not a hex file');
      expect(await openLegacy(file.sealed, new Secret('geheim'))).toBe('{"name":"x"}');
      await expect(openLegacy(file.sealed, new Secret('other'))).rejects.toThrow('wrong password');
    }
  });
});

const NONCE_HEX = '000102030405060708090a0b0c0d0e0f1011121314151617';
const LEGACY_ARGON2I = 'c150eb64da5cc6e9df984f8756f67d14a4ae83c601fff8c93a75a7f2';
const LEGACY_ARGON2ID = 'ea6afedcd392e2ef6e83a35ad682b55f795e5d29ae08074bf3a6b9b0';

test('what is sealed opens again, with a nonce of its own each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: character }), (plaintext) => {
      const [first, second] = [seal(plaintext, key), seal(plaintext, key)];
      expect(open(first, key)).toBe(plaintext);
      expect(first.nonce).not.toEqual(second.nonce);
      expect(first.cipher).not.toEqual(second.cipher);
    }),
  );
});

test('another password is told from a damaged file', async () => {
  const sealed = seal('{}', key);
  const other = await FileKey.derive(new Secret('Secret'), sealed.salt);
  expect(() => open(sealed, other)).toThrow('wrong password');
  const damaged = {
    ...sealed,
    cipher: Uint8Array.from(sealed.cipher, (byte, index) => (index === 0 ? byte ^ 1 : byte)),
  };
  expect(() => open(damaged, key)).toThrow('decryption failed');
});

test('a new file gets a salt of its own', async () => {
  const [first, second] = await Promise.all([
    FileKey.derive(new Secret('a')),
    FileKey.derive(new Secret('a')),
  ]);
  expect(first.salt).not.toEqual(second.salt);
});

test('the event loop runs on while a key is derived', async () => {
  let derived = false;
  const derivation = FileKey.derive(new Secret('x')).then(() => {
    derived = true;
  });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(derived).toBe(false);
  await derivation;
});

describe('a file key', () => {
  test('is the same key after it travelled to another process', () => {
    const copy = FileKey.fromText(key.toText());
    expect(open(seal('{}', copy), key)).toBe('{}');
  });

  test('is refused with other lengths', () => {
    const short = Buffer.alloc(8).toString('base64');
    expect(() => FileKey.fromText({ ...key.toText(), key: short })).toThrow(RangeError);
    expect(() => FileKey.fromText({ ...key.toText(), salt: short })).toThrow(RangeError);
  });

  test('lives in guarded memory and is gone after wiping', () => {
    const copy = FileKey.fromText(key.toText());
    const bytes = copy.bytes;
    expect(bytes).toHaveProperty('secure', true);
    copy.wipe();
    expect(sodium().sodium_is_zero(bytes, bytes.length)).toBe(true);
    expect(() => seal('{}', copy)).toThrow('wiped');
    expect(open(seal('{}', key), key)).toBe('{}');
  });

  test('is not shown', () => {
    expect(inspect({ key }, { depth: 5, showHidden: true })).toBe('{ key: [file key] }');
    expect(JSON.stringify({ key })).toBe('{"key":"[file key]"}');
  });
});
