import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { type Answer, listen, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { discover } from '../issuer/discovery.ts';
import { send } from './http.ts';

// Only the time is made up; connections are real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  return () => vi.useRealTimers();
});

/** The error with which the promise has failed by now, if any. */
async function outcome(result: Promise<unknown>): Promise<unknown> {
  const failure = result.then(
    () => 'an answer',
    (error: unknown) => error,
  );
  // The work at a deadline needs some turns of the event loop.
  const later = async () => {
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    return 'nothing yet';
  };
  return await Promise.race([failure, later()]);
}

/** An issuer whose answers a test gives when it likes. */
async function waitingIssuer() {
  const asked: ReturnType<typeof deferred<ServerResponse>>[] = [deferred(), deferred(), deferred()];
  let count = 0;
  const answer: Answer = (_request, response) => asked[count++]?.resolve(response);
  const path = '/.well-known/';
  const { url } = await scriptedIssuer({
    '/token': answer,
    [`${path}openid-configuration`]: answer,
    [`${path}oauth-authorization-server`]: answer,
  });
  return { url, asked: (index: number) => asked[index]?.promise };
}

const post = (url: string) =>
  send(url, { method: 'POST', headers: {}, body: 'refresh_token=rt' }, { issuer: url });

test('an issuer that has received the request has 30 s for its answer', async () => {
  const { url, asked } = await waitingIssuer();
  const result = post(`${url}/token`);
  await asked(0);
  vi.advanceTimersByTime(29_999);
  expect(await outcome(result)).toBe('nothing yet');
  vi.advanceTimersByTime(1);
  expect(await outcome(result)).toMatchObject({ reason: 'no answer within 30 s', sent: true });
});

test('an answer that arrives slowly is aborted after 30 s, too', async () => {
  const { url, asked } = await waitingIssuer();
  const result = post(`${url}/token`);
  const response = await asked(0);
  for (let second = 1; second < 30; second += 1) {
    await new Promise((resolve) => response?.write(' ', resolve));
    vi.advanceTimersByTime(1000);
    expect(await outcome(result)).toBe('nothing yet');
  }
  vi.advanceTimersByTime(1000);
  expect(await outcome(result)).toMatchObject({ reason: 'no answer within 30 s', sent: true });
});

test('all discovery requests to an issuer together have 30 s', async () => {
  const { url, asked } = await waitingIssuer();
  const result = discover({ issuer: url });
  const first = await asked(0);
  vi.advanceTimersByTime(20_000);
  first?.writeHead(404).end();
  await asked(1);
  vi.advanceTimersByTime(9_999);
  expect(await outcome(result)).toBe('nothing yet');
  vi.advanceTimersByTime(1);
  expect(await outcome(result)).toMatchObject({ reason: 'no answer within 10 s' });
});

test('a connection has 5 s, TLS included', async () => {
  const arrived = deferred<Socket>();
  const port = await listen(createServer((socket) => arrived.resolve(socket)));
  const result = post(`https://127.0.0.1:${port}/token`);
  const socket = await arrived.promise;
  vi.advanceTimersByTime(4_999);
  expect(await outcome(result)).toBe('nothing yet');
  vi.advanceTimersByTime(1);
  expect(await outcome(result)).toMatchObject({ reason: 'no connection within 5 s', sent: false });
  socket.destroy();
});
