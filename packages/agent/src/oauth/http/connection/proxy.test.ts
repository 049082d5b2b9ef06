import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { deferred } from '../../../../test/deferred.ts';
import { listen, scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { send } from '../http.ts';

const get = (url: string) => send(url, { method: 'GET', headers: {} }, { issuer: url });

// One test in a file of its own: connections are made once, with the environment that the process started with.
test('https_proxy is used except for the hosts of no_proxy, and has 5 s for the connection', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let asked = '';
  const silent = deferred<Socket>();
  const proxy = createServer((socket) =>
    socket.once('data', (data) => {
      asked = data.toString();
      if (asked.startsWith('CONNECT silent.example:443 ')) silent.resolve(socket);
      else socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    }),
  );
  vi.stubEnv('https_proxy', `http://127.0.0.1:${await listen(proxy)}`);
  vi.stubEnv('http_proxy', `http://127.0.0.1:${await listen(createServer((socket) => socket.destroy()))}`);
  vi.stubEnv('no_proxy', '127.0.0.1');

  await expect(get('https://issuer.example/')).rejects.toMatchObject({ sent: false });
  expect(asked).toMatch(/^CONNECT issuer\.example:443 /);

  const { url } = await scriptedIssuer({ '/': { text: 'direct' } });
  expect(await (await get(`${url}/`)).text()).toBe('direct');

  const result = get('https://silent.example/').catch((error: unknown) => error);
  const socket = await silent.promise;
  const closed = once(socket, 'close');
  vi.advanceTimersByTime(5_000);
  expect(await result).toMatchObject({ reason: 'no connection within 5 s', sent: false });
  // undici's clock is coarse.
  vi.advanceTimersByTime(5_000);
  vi.useRealTimers();
  await closed;
});
