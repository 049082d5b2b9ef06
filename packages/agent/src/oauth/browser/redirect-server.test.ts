import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { RedirectServer } from './redirect-server.ts';

let server: RedirectServer | undefined;
afterEach(() => server?.close());

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

/** A port of 127.0.0.1 that was free just now. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Has another process's part: listens there until the test has ended. */
async function taken(host: string, port = 0): Promise<number> {
  const other = createServer().listen(port, host);
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  return (other.address() as AddressInfo).port;
}

async function start(path = '', onAnswer: (answer: URLSearchParams) => Promise<void> = async () => {}) {
  const port = await freePort();
  server = await RedirectServer.start([`http://localhost:${port}${path}`], onAnswer);
  return { port, url: `http://127.0.0.1:${port}` };
}

test('the login gets the answer, and the page says that it worked', async () => {
  const answers: URLSearchParams[] = [];
  const { url } = await start('/redirect', async (answer) => void answers.push(answer));
  const response = await fetch(`${url}/redirect?code=c&state=s`);
  expect([response.status, await response.text()]).toEqual([
    200,
    expect.stringContaining('You are logged in.'),
  ]);
  expect(answers.map(String)).toEqual(['code=c&state=s']);
});

test('the page shows an error as text, also if it contains HTML', async () => {
  const { url } = await start('', async () => {
    throw new Error('<script>alert("x")</script>');
  });
  const response = await fetch(`${url}/?error=x`);
  const page = await response.text();
  expect(response.status).toBe(400);
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;alert(&#34;x&#34;)');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
});

test.each([
  ['another path', { path: '/favicon.ico' }],
  ['another method', { path: '/?code=c', method: 'POST' }],
  [
    'another host, as a page that made its name point here would use',
    { path: '/?code=c', headers: { host: 'evil.example' } },
  ],
  ['no address at all', { path: '//[' }],
])('%s is not an answer', async (_what, options) => {
  let called = false;
  const { port } = await start('', async () => {
    called = true;
  });
  const outgoing = request({ host: '127.0.0.1', port, ...options }).end();
  const [response] = await once(outgoing, 'response');
  expect(response.statusCode).toBe(404);
  expect(await text(response)).not.toContain('logged in');
  expect(called).toBe(false);
});

describe('the port', () => {
  test('is the first free one; without a free one the server does not start', async () => {
    const port = await taken('127.0.0.1');
    const free = await freePort();
    const uris = ['edu.kit.data.oidc-agent:/redirect', `http://localhost:${port}`];
    expect(await RedirectServer.start(uris, async () => {})).toBeUndefined();
    server = await RedirectServer.start([...uris, `http://localhost:${free}`], async () => {});
    expect(server?.redirectUri).toBe(`http://localhost:${free}`);
  });

  test.skipIf(!hasIpv6)('of localhost is used only if it is free at both addresses', async () => {
    const port = await freePort();
    await taken('::1', port);
    expect(await RedirectServer.start([`http://localhost:${port}`], async () => {})).toBeUndefined();
    // ... and is free again at the other address.
    await taken('127.0.0.1', port);
    const { port: both } = await start();
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${both}/?code=c`)).status).toBe(200);
    }
  });

  test.skipIf(!hasIpv6).each([
    ['127.0.0.1', '::1'],
    ['[::1]', '127.0.0.1'],
  ])('of %s needs to be free at that address only', async (host, elsewhere) => {
    const port = await taken(elsewhere);
    server = await RedirectServer.start([`http://${host}:${port}`], async () => {});
    expect((await fetch(`http://${host}:${port}/?code=c`)).status).toBe(200);
  });

  test('is one for which the client is registered with a literal address, if any', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const uris = [`http://localhost:${first}`, `http://127.0.0.1:${second}`, `http://127.0.0.1:${first}`];
    server = await RedirectServer.start(uris, async () => {});
    expect(server?.redirectUri).toBe(`http://127.0.0.1:${second}`);
  });
});

test('closing does not wait for idle connections of a browser', async () => {
  const { port } = await start();
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  await server?.close();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  idle.destroy();
});
