/** Encodes and decodes texts. Invalid UTF-8 becomes U+FFFD, by the rules of the WHATWG decoders. */

import { TextBuilder } from './text-builder';

const REPLACEMENT: i32 = 0xfffd;

export function encodeUtf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}

/**
 * Decodes as the Encoding Standard says (https://encoding.spec.whatwg.org/#utf-8-decoder): of a sequence that breaks off,
 * all that could still have become a character is one U+FFFD.
 */
export function decodeUtf8(start: usize, size: i32): string {
  return isAscii(start, size) ? String.UTF8.decodeUnsafe(start, size) : decode(start, size);
}

function isAscii(start: usize, size: i32): bool {
  for (let index = 0; index < size; index++) {
    if (load<u8>(start + index) >= 0x80) return false;
  }
  return true;
}

function decode(start: usize, size: i32): string {
  const text = new TextBuilder(size);
  let point: u32 = 0;
  let missing = 0;
  // The range of the next byte.
  let lower: u32 = 0x80;
  let upper: u32 = 0xbf;
  for (let index = 0; index < size; index++) {
    const byte: u32 = load<u8>(start + index);
    if (missing > 0) {
      if (byte < lower || byte > upper) {
        text.add(REPLACEMENT);
        missing = 0;
        // It may begin another character.
        index--;
      } else {
        point = (point << 6) | (byte & 0x3f);
        missing--;
        if (missing === 0) text.addCodePoint(point);
      }
      lower = 0x80;
      upper = 0xbf;
    } else if (byte < 0x80) {
      text.add(byte);
    } else if (byte >= 0xc2 && byte <= 0xdf) {
      missing = 1;
      point = byte & 0x1f;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      missing = 2;
      point = byte & 0xf;
      // Neither longer than necessary nor half of a pair.
      if (byte === 0xe0) lower = 0xa0;
      if (byte === 0xed) upper = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      missing = 3;
      point = byte & 0x7;
      if (byte === 0xf0) lower = 0x90;
      if (byte === 0xf4) upper = 0x8f;
    } else {
      text.add(REPLACEMENT);
    }
  }
  if (missing > 0) text.add(REPLACEMENT);
  return text.toString();
}
