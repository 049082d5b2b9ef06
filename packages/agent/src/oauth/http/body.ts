/** Reads the whole body of an answer and decompresses it: at most 1 MiB, compressed and decompressed. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Call } from './call.ts';
import { IssuerError } from './errors.ts';

/** The compressions that a request allows (RFC 9110 12.5.3). */
export const ACCEPTED_ENCODINGS = 'gzip, deflate';

const MAX_BODY_BYTES = 1024 * 1024;
const options = {
  maxOutputLength: MAX_BODY_BYTES,
  // Keep the decompressed part of a truncated body: it may contain a refresh token.
  finishFlush: constants.Z_SYNC_FLUSH,
};

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: (body) => gunzipSync(body, options),
  'x-gzip': (body) => gunzipSync(body, options),
  // With a zlib header (RFC 1950), as the standard requires, or without.
  deflate: (body) =>
    ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options),
  // Not accepted by our requests, but some servers send it all the same.
  br: (body) => brotliDecompressSync(body, { maxOutputLength: MAX_BODY_BYTES }),
};

/**
 * Reads the body of an answer.
 * @param encodings the header `Content-Encoding` (RFC 9110 8.4); empty for none
 * @throws IssuerError of kind `malformed` when it is too large, or cannot be decompressed
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  encodings: string,
  status: number,
  { issuer }: Call,
): Promise<string> {
  const fail = (message: string) => new IssuerError(message, { issuer, status, kind: 'malformed' });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    // Leaving the loop destroys the connection.
    if (size > MAX_BODY_BYTES) throw fail(TOO_LARGE);
    pieces.push(piece);
  }
  let content: Buffer = Buffer.concat(pieces);
  const names = encodings.toLowerCase().split(/[\s,]+/);
  // The last one was applied last. An issuer that compresses more than twice only keeps this process busy.
  for (const name of names
    .filter((name) => name !== '')
    .slice(-2)
    .reverse()) {
    if (content.length === 0) break;
    try {
      content = decoded(content, name);
    } catch (error) {
      throw fail(isTooLarge(error) ? TOO_LARGE : 'the answer cannot be decompressed');
    }
  }
  return content.toString('utf8');
}

const TOO_LARGE = 'the answer is larger than 1 MiB';

/** Some servers name a compression but send plain JSON: no compressed body starts with `{`. */
function decoded(content: Buffer, encoding: string): Buffer {
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decode === undefined || content[0] === 0x7b) return content;
  return decode(content);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
