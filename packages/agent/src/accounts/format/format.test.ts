import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../files/errors.ts';
import { parseAccountFile, printGpgFile, printSealedFile } from './format.ts';

const sealed = {
  nonce: randomBytes(24),
  salt: randomBytes(16),
  cipher: randomBytes(100),
  hash: randomBytes(32),
};
const content = printSealedFile(sealed);
const lines = content.split('\n');

function withLine(number: number, text: string): string {
  return lines.with(number - 1, text).join('\n');
}

describe('the 7-line form', () => {
  test('is what the C programs write', () => {
    expect(lines).toEqual([
      '100',
      sealed.nonce.toString('base64'),
      sealed.salt.toString('base64'),
      '24:16:16:32:1:2:67108864:2',
      sealed.cipher.toString('base64'),
      sealed.hash.toString('base64'),
      'Generated using version: 5.3.3',
    ]);
  });

  test.each([
    ['as written', content],
    ['with a final newline', `${content}\n`],
    ['with DOS line ends', lines.join('\r\n')],
    ['without the version line', lines.slice(0, 6).join('\n')],
    ['by another version', withLine(7, 'Generated using version: 4.2.6')],
  ])('is read %s', (_how, text) => {
    expect(parseAccountFile(text)).toEqual({ form: 'sealed', sealed });
  });

  test.each([
    ['an empty file', '', 'the file is empty'],
    ['another file', 'export PATH\n', 'this is not an account file'],
    ['a cut at a line end', lines.slice(0, 3).join('\n'), 'the file is truncated: it has 3 of 7 lines'],
    [
      'a cut in the content',
      withLine(5, lines[4]?.slice(0, 80) ?? ''),
      'line 5 (encrypted content) has 60 bytes',
    ],
    ['a garbled nonce', withLine(2, '%%%'), 'line 2 (nonce) is not base64'],
    ['a short salt', withLine(3, 'AAAA'), 'line 3 (salt) has 3 bytes, expected 16'],
    ['unknown settings', withLine(4, '24:16:16:32:1:3:67108864:2'), 'unknown settings'],
    ['a garbled hash', withLine(6, 'x'), 'line 6 (hash of the key) is not base64'],
    ['a forged length', withLine(1, '99999999999'), 'expected 99999999999'],
    ['a content without a tag', lines.with(0, '3').with(4, 'AAAA').join('\n'), 'line 1 must be at least 16'],
  ])('names what is wrong with %s', (_what, text, message) => {
    expect(() => parseAccountFile(text)).toThrow(message);
  });

  test('a file cut anywhere is refused, or its content is whole', () => {
    fc.assert(
      fc.property(fc.nat(content.length), (length) => {
        try {
          expect(parseAccountFile(content.slice(0, length))).toEqual({ form: 'sealed', sealed });
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
    );
  });
});

describe('the hex form', () => {
  const hex = `20:${'ab'.repeat(16)}:${'cd'.repeat(24)}:${'EF'.repeat(20)}`;

  test('is read', () => {
    const fields = {
      salt: Buffer.alloc(16, 0xab),
      nonce: Buffer.alloc(24, 0xcd),
      cipher: Buffer.alloc(20, 0xef),
    };
    expect(parseAccountFile(`${hex}\n`)).toEqual({ form: 'hex', sealed: fields });
    expect(parseAccountFile(`${hex}\nGenerated using version: 2.0.3`)).toEqual({
      form: 'hex',
      sealed: fields,
    });
  });

  test.each([
    [hex.slice(0, -1), 'the encrypted content is not hexadecimal'],
    [hex.slice(0, -2), 'the encrypted content has 19 bytes, expected 20'],
    [hex.replace('abab', 'ab'), 'the salt has 15 bytes, expected 16'],
    ['20:abab', 'the line is not length:salt:nonce:content'],
  ])('is refused when damaged: %s', (text, message) => {
    expect(() => parseAccountFile(text)).toThrow(message);
  });
});

describe('the GPG form', () => {
  const armor = '-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n';

  test('is the armor and the version', () => {
    expect(printGpgFile(armor)).toBe(`${armor}Generated using version: 5.3.3`);
    expect(parseAccountFile(printGpgFile(armor))).toEqual({ form: 'gpg', armor });
  });

  test('is refused when truncated', () => {
    expect(() => parseAccountFile(armor.slice(0, 60))).toThrow('truncated');
  });
});

test('plain JSON is recognised', () => {
  expect(parseAccountFile(' {"name":"x"}\n')).toEqual({ form: 'plain', text: ' {"name":"x"}\n' });
});

test('no text crashes the parser or is quoted by its error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.string(), { minLength: 5 }).map((parts) => `9${parts.join('\n')}`),
      ),
      (text) => {
        try {
          parseAccountFile(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      },
    ),
  );
});
