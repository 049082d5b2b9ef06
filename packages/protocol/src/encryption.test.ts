import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncryptedChannel, EncryptionError } from './encryption.ts';

/** Any character of Unicode; fast-check's own `binary` takes five seconds to make its table. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

const bytes = (from: number, count: number) =>
  Buffer.from(Array.from({ length: count }, (_, index) => from + index));

describe('the known-answer vector of docs/protocol.md', () => {
  const client = new EncryptedChannel(bytes(0x00, 32));
  const server = new EncryptedChannel(bytes(0x20, 32));
  client.setPeer(server.publicKey);
  server.setPeer(client.publicKey);
  const sealed = '19:ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7:U+fQuSLtwN+Evm++yEEX/p6hGbHFdEvbg9JtJQBBxvQ6aHk=';

  it('has these public keys', () => {
    expect(client.publicKey).toBe('j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=');
    expect(server.publicKey).toBe('NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=');
  });
  it('is sealed to these characters', () => {
    expect(client.seal('{"request":"check"}', bytes(100, 24))).toBe(sealed);
  });
  it('is opened by the other side', () => {
    expect(server.open(sealed)).toBe('{"request":"check"}');
  });
});

describe('an encrypted channel', () => {
  const pair = () => {
    const one = new EncryptedChannel();
    const other = new EncryptedChannel();
    one.setPeer(other.publicKey);
    other.setPeer(one.publicKey);
    return { one, other };
  };

  it('carries any text both ways', () => {
    const { one, other } = pair();
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 500 }), (text) => {
        expect(other.open(one.seal(text))).toBe(Buffer.from(text).toString());
        expect(one.open(other.seal(text))).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it('never uses a nonce twice', () => {
    const { one } = pair();
    expect(new Set(Array.from({ length: 100 }, () => one.seal('x').split(':')[1])).size).toBe(100);
  });

  it('refuses a message that was changed in any one place', () => {
    const { one, other } = pair();
    const sealed = one.seal('{"request":"check"}');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice(0, index) + (sealed[index] === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
      // The last character before the padding carries bits that mean nothing.
      if (
        Buffer.from(changed.split(':')[2] ?? '', 'base64').equals(
          Buffer.from(sealed.split(':')[2] ?? '', 'base64'),
        )
      ) {
        if (changed.split(':')[1] === sealed.split(':')[1] && changed.startsWith('19:')) continue;
      }
      expect(() => other.open(changed), `character ${index}`).toThrow(EncryptionError);
    }
  });

  it.each(['', '::', '5', 'hello', '-1:x:y', '99:AAAA:BBBB', '100000000:A:B'])(
    'calls %j malformed',
    (message) => {
      expect(() => pair().one.open(message)).toThrow('internal error: ipc encrypted message malformed');
    },
  );

  it('refuses a length that is not the length', () => {
    const { one, other } = pair();
    expect(() => other.open(one.seal('four').replace(/^4/, '5'))).toThrow('decryption failed');
  });

  it.each([
    ['not base64', 'x'],
    ['too short', Buffer.alloc(31).toString('base64')],
    ['a point of low order', Buffer.alloc(32).toString('base64')],
  ])('refuses a public key that is %s', (_, key) => {
    expect(() => new EncryptedChannel().setPeer(key)).toThrow('received suspicious public key');
  });
});
