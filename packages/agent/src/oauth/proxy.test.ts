import { createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { send } from './http.ts';
import { listen, scriptedIssuer } from './scripted-issuer.ts';

// In a file of its own: connections are made once, with the environment that the process started with.
test('https_proxy is used, but for the hosts of no_proxy', async () => {
  let asked = '';
  const proxy = createServer((socket) =>
    socket.once('data', (data) => {
      asked = data.toString();
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    }),
  );
  vi.stubEnv('https_proxy', `http://127.0.0.1:${await listen(proxy)}`);
  vi.stubEnv('http_proxy', `http://127.0.0.1:${await listen(createServer((socket) => socket.destroy()))}`);
  vi.stubEnv('no_proxy', '127.0.0.1');
  const get = (url: string) => send(url, { method: 'GET', headers: {} }, { issuer: url });

  await expect(get('https://issuer.example/')).rejects.toMatchObject({ sent: false });
  expect(asked).toMatch(/^CONNECT issuer\.example:443 /);

  const { url } = await scriptedIssuer({ '/': { text: 'direct' } });
  expect(await (await get(`${url}/`)).text()).toBe('direct');
});
