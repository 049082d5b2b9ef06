import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type RedirectServer, startRedirectServer } from './redirect-server.ts';

let server: RedirectServer | undefined;
afterEach(() => server?.close());

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function start(path = '', onAnswer: (answer: URLSearchParams) => Promise<void> = async () => {}) {
  const port = await freePort();
  server = await startRedirectServer([`http://localhost:${port}${path}`], onAnswer);
  return { port, url: `http://127.0.0.1:${port}` };
}

test('the answer is handed over, and the page says that it worked', async () => {
  const answers: URLSearchParams[] = [];
  const { url } = await start('/redirect', async (answer) => void answers.push(answer));
  const response = await fetch(`${url}/redirect?code=c&state=s`);
  expect([response.status, await response.text()]).toEqual([
    200,
    expect.stringContaining('You are logged in.'),
  ]);
  expect(answers.map(String)).toEqual(['code=c&state=s']);
});

test('what is wrong is shown as text, whatever the issuer put into it', async () => {
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

test('the first port that is free is taken; without one there is no server', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const free = await freePort();
  const uris = ['edu.kit.data.oidc-agent:/redirect', `http://localhost:${port}`];
  expect(await startRedirectServer(uris, async () => {})).toBeUndefined();
  server = await startRedirectServer([...uris, `http://localhost:${free}`], async () => {});
  expect(server?.redirectUri).toBe(`http://localhost:${free}`);
  taken.close();
});

test('closing does not wait for connections that a browser only keeps', async () => {
  const { port } = await start();
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  await server?.close();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  idle.destroy();
});
