/** The cipher of the agent that sleeps, host/cipher.c, by itself and with sanitizers: known answers, and what packages/protocol has. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libsodium } from '../../../scripts/libsodium.js';

const native = join(import.meta.dirname, '..');
const hasCompiler = spawnSync('gcc', ['--version']).status === 0;

describe.skipIf(!hasCompiler)('the cipher of the agent that sleeps (needs gcc)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'jeton-cipher-'));
    const sanitizers = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const sources = ['test/cipher-program.c', 'host/cipher.c', ...libsodium];
    execFileSync(
      'gcc',
      ['-std=gnu11', '-O0', ...sanitizers, '-Ihost', ...sources, '-o', join(folder, 'cipher')],
      { cwd: native },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const cipher = (...words: string[]): string[] => {
    const env = { ASAN_OPTIONS: 'detect_leaks=0' };
    return execFileSync(join(folder, 'cipher'), words, { encoding: 'utf8', env }).trimEnd().split('\n');
  };
  const agree = (random: string, clientKey: string) => cipher('agree', random, clientKey);
  const seal = (key: string, nonce: string, plain: string) => cipher('seal', key, nonce, plain)[0];
  /** @param sealed a whole message */
  const open = (key: string, sealed: string) => {
    const [length = '', ...rest] = sealed.split(':');
    return cipher('open', key, length, rest.join(':'))[0];
  };
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const base64 = (text: string) => Buffer.from(text, 'hex').toString('base64');
  const bytes = (from: number, count: number) =>
    Buffer.from(Array.from({ length: count }, (_, index) => from + index)).toString('hex');

  it('has the known answers of docs/protocol.md', () => {
    const key = '429b61f5d96e37268dfc5114849d599c9ceabffdb68c1f52cd0499af30f5b377';
    const message = '19:ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7:U+fQuSLtwN+Evm++yEEX/p6hGbHFdEvbg9JtJQBBxvQ6aHk=';
    expect(agree(bytes(0x20, 32), 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=')).toEqual([
      key,
      'NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=',
    ]);
    expect(seal(key, bytes(100, 24), hex('{"request":"check"}'))).toBe(message);
    expect(open(key, message)).toBe(hex('{"request":"check"}'));
  });

  it('has the known answers of "Cryptography in NaCl", section 10', () => {
    const aliceSecret = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
    const alice = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a';
    const bob = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f';
    const key = '1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389';
    const nonce = '69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37';
    const plain =
      'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705';
    const box =
      'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5';
    expect(agree(aliceSecret, base64(bob))).toEqual([key, base64(alice)]);
    expect(seal(key, nonce, plain)).toBe(`131:${base64(nonce)}:${base64(box)}`);
    expect(open(key, `131:${base64(nonce)}:${base64(box)}`)).toBe(plain);
  });

  // https://cr.yp.to/ecdh.html#validate
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
  ])('refuses a point of low order, %s', (point) => {
    expect(agree(bytes(1, 32), base64(point))).toEqual(['refused']);
    expect(() => new EncryptedChannel().setPeer(base64(point))).toThrow('suspicious');
  });

  it('encrypts and decrypts what packages/protocol does', () => {
    const random = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(toHex);
    fc.assert(
      fc.property(
        random(32),
        random(24),
        fc.uint8Array({ maxLength: 300 }).map(toHex),
        (secret, nonce, plain) => {
          const client = new EncryptedChannel();
          const [key = '', own = ''] = agree(secret, client.publicKey);
          client.setPeer(own);
          const text = `${plain}é`;
          expect(client.open(seal(key, nonce, hex(text)) ?? '')).toBe(text);
          expect(open(key, client.seal(text))).toBe(hex(text));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses a message that was changed in any one place', () => {
    const client = new EncryptedChannel();
    const [key = '', own = ''] = agree(bytes(1, 32), client.publicKey);
    client.setPeer(own);
    const message = client.seal('ab');
    for (let index = 2; index < message.length; index += 1) {
      const changed =
        message.slice(0, index) + (message[index] === 'A' ? 'B' : 'A') + message.slice(index + 1);
      expect(open(key, changed), `character ${index}`).toBe('refused');
    }
  });
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
