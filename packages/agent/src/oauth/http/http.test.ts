import { once } from 'node:events';
import { copyFileSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificates } from '../../../test/certificates.ts';
import { type Answer, listen, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { IssuerError, IssuerUnreachableError } from './errors.ts';
import { type Request, send } from './http.ts';

const post: Request = { method: 'POST', headers: {}, body: new URLSearchParams({ refresh_token: 'rt' }) };

async function sendTo(answer: Answer, call: { signal?: AbortSignal } = {}) {
  const issuer = await scriptedIssuer({ '/token': answer });
  return { result: send(`${issuer.url}/token`, post, { issuer: issuer.url, ...call }), issuer };
}

test('a request names jeton as user agent, and its answer is read whole', async () => {
  const { result, issuer } = await sendTo({
    text: 'hello',
    headers: { 'content-type': 'text/plain', 'x-other': '1' },
  });
  const answer = await result;
  expect([await answer.text(), [...answer.headers.keys()]]).toEqual(['hello', ['content-type']]);
  expect(issuer.requests[0]).toMatchObject({ method: 'POST', body: 'refresh_token=rt' });
  expect(issuer.requests[0]?.headers['user-agent']).toMatch(/^jeton\/\d+\.\d+\.\d+$/);
});

test('connections are kept alive between requests', async () => {
  const ports = new Set<number | undefined>();
  const { result, issuer } = await sendTo((_request, response) => {
    ports.add(response.socket?.remotePort);
    response.end();
  });
  await result;
  for (let i = 0; i < 3; i++) await (await send(`${issuer.url}/token`, post, { issuer: issuer.url })).text();
  expect(ports.size).toBe(1);
});

test('a redirect is not followed, and the message names its target without the query', async () => {
  const target = await scriptedIssuer({ '/token': { json: {} } });
  const location = `${target.url}/token?refresh_token=rt`;
  const { result } = await sendTo({ status: 307, headers: { location } });
  await expect(result).rejects.toMatchObject({ kind: 'untrusted', status: 307 });
  await expect(result).rejects.toThrow(
    new RegExp(`redirects to ${target.url}/token, which is not followed$`),
  );
  expect(target.requests).toEqual([]);
});

test('an answer over 1 MiB is refused, one of exactly that size is not', async () => {
  const { result } = await sendTo({ text: 'x'.repeat(2 * 1024 * 1024) });
  await expect(result).rejects.toMatchObject({
    kind: 'malformed',
    message: 'the answer is larger than 1 MiB',
  });
  const largest = await (await sendTo({ text: 'x'.repeat(1024 * 1024) })).result;
  expect(await largest.text()).toHaveLength(1024 * 1024);
});

test('an answer that arrived while the process was stopped is read, however late that is', async () => {
  const asked = new Int32Array(new SharedArrayBuffer(4));
  // In a thread of its own, as it answers while this one stands still.
  const server = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    const server = require('node:http').createServer((request, response) => {
      response.end('hello');
      Atomics.store(workerData, 0, 1);
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: asked },
  );
  onTestFinished(async () => void (await server.terminate()));
  const [port] = await once(server, 'message');
  const url = `http://127.0.0.1:${port}/token`;
  const result = send(url, post, { issuer: url, deadline: 2000 });
  while (Atomics.load(asked, 0) === 0) await setImmediate();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  expect(await (await result).text()).toBe('hello');
});

test("an aborted request fails with the signal's reason", async () => {
  const abort = new AbortController();
  const { result } = await sendTo(() => abort.abort(new Error('Ctrl-C')), { signal: abort.signal });
  await expect(result).rejects.toThrow('Ctrl-C');
  const before = await sendTo({}, { signal: abort.signal });
  await expect(before.result).rejects.toThrow('Ctrl-C');
  expect(before.issuer.requests).toEqual([]);
});

test('after a refused connection the request counts as not sent', async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}/token`;
  const failure = await send(url, post, { issuer: url }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(IssuerUnreachableError);
  expect(failure).toMatchObject({
    message: `could not connect to url: 127.0.0.1:${port}: connection refused`,
    hints: ['check the address and the network, then try again'],
    sent: false,
  });
});

test('after a connection that drops after the request it may have been sent', async () => {
  const { result } = await sendTo((_request, response) => response.destroy());
  await expect(result).rejects.toMatchObject({ reason: 'the connection was closed', sent: true });
});

test('after a connection that drops before the request was written it counts as not sent', async () => {
  // Takes the TCP connection and drops it in the TLS handshake.
  const port = await listen(createServer((socket) => socket.once('data', () => socket.destroy())));
  const url = `https://127.0.0.1:${port}/token`;
  await expect(send(url, post, { issuer: url })).rejects.toMatchObject({ sent: false });
});

test('the error for a host that does not exist names it', async () => {
  const url = 'https://no-such-host.invalid/token';
  await expect(send(url, post, { issuer: url })).rejects.toMatchObject({
    message: expect.stringMatching(/^could not connect to url: no-such-host\.invalid: /),
    sent: false,
  });
});

test('a server that speaks neither http nor https is recognised', async () => {
  const port = await listen(
    createServer((socket) => socket.once('data', () => socket.end('220 smtp ready\r\n'))),
  );
  const reason = (url: string) =>
    send(url, post, { issuer: url }).catch((error: IssuerUnreachableError) => error.reason);
  expect(await reason(`http://127.0.0.1:${port}/`)).toBe('the server does not speak http');
  expect(await reason(`https://127.0.0.1:${port}/`)).toBe('the server does not speak https');
});

test.each([
  'http://issuer.example/token',
  'http://127.0.0.1.example/',
  'ftp://localhost/',
  'file:///etc/passwd',
  'x',
])('nothing is sent to %s', async (url) => {
  const failure = await send(url, post, { issuer: 'https://issuer.example' }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(IssuerError);
  expect(failure).toMatchObject({ kind: 'untrusted', status: undefined });
});

test('a private certificate authority is trusted if the user names it; otherwise a hint asks for it', async () => {
  const { certPath, tls } = makeCertificates();
  const { url } = await scriptedIssuer({ '/': { text: 'secure' } }, tls);
  const get = (address: string, path?: string) =>
    send(address, { method: 'GET', headers: {} }, { issuer: address, certPath: path });
  expect(await (await get(`${url}/`, certPath)).text()).toBe('secure');
  await expect(get(`${url}/`)).rejects.toMatchObject({
    message: expect.stringMatching(
      /^error with ssl cert: localhost:\d+: the certificate comes from an unknown authority$/,
    ),
    hints: [expect.stringContaining('--cp FILE')],
    sent: false,
  });
  await expect(get(url.replace('localhost', '127.0.0.1'), certPath)).rejects.toMatchObject({
    reason: 'the certificate is for another host',
  });
});

test('a renewed certificate file is used at once', async () => {
  const [first, second] = [makeCertificates(), makeCertificates()];
  const { url } = await scriptedIssuer({ '/': { text: 'secure' } }, second.tls);
  const get = () =>
    send(`${url}/`, { method: 'GET', headers: {} }, { issuer: url, certPath: first.certPath });
  await expect(get()).rejects.toThrow(/^error with ssl cert/);
  copyFileSync(second.certPath, first.certPath);
  utimesSync(first.certPath, 1, 1);
  expect((await get()).status).toBe(200);
});

test('the error for a missing certificate file names it', async () => {
  const call = { issuer: 'https://issuer.example', certPath: '/nowhere/ca.pem' };
  await expect(send('https://issuer.example/', post, call)).rejects.toMatchObject({
    message: expect.stringMatching(
      /^error with ssl cert: cannot read the certificates in \/nowhere\/ca\.pem: no such file or directory \(ENOENT\)$/,
    ),
    sent: false,
  });
});
