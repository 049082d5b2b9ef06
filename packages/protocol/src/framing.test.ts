import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncryptedMessageReader, FirstMessageReader, MAX_MESSAGE_BYTES } from './framing.ts';

/** Any character of Unicode; fast-check's own `binary` takes five seconds to make its table. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Any JSON object, with all that could confuse a search for its end. */
const jsonObject = fc
  .dictionary(fc.string({ unit: character }), fc.jsonValue())
  .map((object) => JSON.stringify(object));
const cuts = fc.array(fc.nat(200), { maxLength: 20 });

/** Hands `text` over in pieces and returns the message and how many bytes it took. */
function read<Message>(
  reader: { push(piece: Uint8Array): Message | undefined },
  text: string,
  places: number[],
) {
  const bytes = Buffer.from(text);
  const borders = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  for (const [index, end] of borders.slice(1).entries()) {
    const message = reader.push(bytes.subarray(borders[index], end));
    if (message !== undefined) return message;
  }
  return undefined;
}

describe('a first message', () => {
  it('is found whole, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(jsonObject, cuts, (json, places) => {
        expect(read(new FirstMessageReader(), json, places)).toEqual({ form: 'plaintext', text: json });
      }),
    );
  });

  it('is not complete before its last brace', () => {
    fc.assert(
      fc.property(jsonObject, (json) => {
        expect(new FirstMessageReader().push(Buffer.from(json).subarray(0, -1))).toBeUndefined();
      }),
    );
  });

  it('may have white space before it and anything behind it', () => {
    expect(new FirstMessageReader().push(Buffer.from(' \n\t{"a":1} trailing'))).toEqual({
      form: 'plaintext',
      text: '{"a":1}',
    });
  });

  it('is a public key when it is 44 characters of base64', () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    fc.assert(
      fc.property(cuts, (places) => {
        expect(read(new FirstMessageReader(), key, places)).toEqual({ form: 'public-key', text: key });
      }),
    );
  });

  it.each([
    ['garbage \u0001', 'Bad Request: could not parse json'],
    ['<html>', 'Bad Request: could not parse json'],
    ['[1]', 'Bad Request: is not a json object'],
    ['"text"', 'Bad Request: is not a json object'],
  ])('is refused at once when it is %j', (text, error) => {
    expect(() => new FirstMessageReader().push(Buffer.from(text))).toThrow(error);
  });

  it('is refused as soon as it is longer than 1 MiB', () => {
    const reader = new FirstMessageReader();
    reader.push(Buffer.from('{"request":"'));
    const piece = Buffer.alloc(65_536, 0x61);
    expect(() => {
      for (let sent = 0; sent <= MAX_MESSAGE_BYTES; sent += piece.length) reader.push(piece);
    }).toThrow('longer than 1048576 bytes');
  });
});

describe('an encrypted message', () => {
  const message = `3:${'N'.repeat(32)}:${'C'.repeat(28)}`;

  it('ends where the number in front of it says, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(cuts, (places) => {
        expect(read(new EncryptedMessageReader(), `${message}trailing`, places)).toBe(message);
      }),
    );
  });

  it.each(['x', ':', 'abcdefghij', '-3:'])('is refused when it begins with %j', (text) => {
    expect(() => new EncryptedMessageReader().push(Buffer.from(`${text}${'x'.repeat(8)}`))).toThrow(
      'malformed',
    );
  });

  it('with a forged length is refused before anything is allocated for it', () => {
    expect(() => new EncryptedMessageReader().push(Buffer.from('1048577:'))).toThrow('longer than');
    expect(() => new EncryptedMessageReader().push(Buffer.from('100000000:AAAA'))).toThrow('malformed');
  });
});
