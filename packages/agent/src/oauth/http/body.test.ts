import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { send } from './http.ts';

async function answered(encoding: string, body: Buffer) {
  const answer: Answer = (_request, response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(body);
  const { url, requests } = await scriptedIssuer({ '/token': answer });
  const result = send(`${url}/token`, { method: 'GET', headers: {} }, { issuer: url });
  return { result, requests };
}

const text = JSON.stringify({ refresh_token: 'new-one' });

test.each<[string, string, Buffer]>([
  ['gzip', 'gzip', gzipSync(text)],
  ['gzip in capitals', 'GZIP', gzipSync(text)],
  ['gzip without its end', 'gzip', gzipSync(text).subarray(0, -8)],
  ['deflate', 'deflate', deflateSync(text)],
  ['deflate without a header', 'deflate', deflateRawSync(text)],
  ['a compression that was not requested', 'br', brotliCompressSync(text)],
  ['two compressions', 'deflate, gzip', gzipSync(deflateSync(text))],
  ['a name for no compression', 'identity', Buffer.from(text)],
  ['an unknown name', '__proto__', Buffer.from(text)],
  ['plain text that is called compressed', 'gzip', Buffer.from(text)],
])('an answer is read through %s', async (_name, encoding, body) => {
  const { result, requests } = await answered(encoding, body);
  expect(await (await result).text()).toBe(text);
  expect(requests[0]?.headers['accept-encoding']).toBe('gzip, deflate');
});

test.each<[string, string, Buffer, string]>([
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'the answer is larger than 1 MiB'],
  ['one that is spoilt', 'gzip', Buffer.from('<html>'), 'the answer cannot be decompressed'],
])('%s is refused', async (_name, encoding, body, message) => {
  await expect((await answered(encoding, body)).result).rejects.toMatchObject({ kind: 'malformed', message });
});

test('an answer of exactly 1 MiB is read', async () => {
  const { result } = await answered('gzip', gzipSync(Buffer.alloc(1024 * 1024, 'x')));
  expect(await (await result).text()).toHaveLength(1024 * 1024);
});
