import type dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { send } from '../http.ts';
import { sharedLookup } from './lookup.ts';

/** The names that were looked up, and how a test lets the name service answer. */
interface Question {
  host: string;
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
}
const questions: Question[] = [];
let isQuick = false;
function lookup(host: string, _options: object, answer: Question['answer']): void {
  if (isQuick) answer(null, here);
  else questions.push({ host, answer });
}
vi.mock('node:dns', async (importOriginal) => ({ ...(await importOriginal<typeof dns>()), lookup }));
beforeEach(() => {
  questions.length = 0;
  isQuick = false;
  // However slow the machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => vi.useRealTimers();
});

const here: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
const hosts = () => questions.map(({ host }) => host);
const asked = (...expected: string[]) => expect.poll(hosts, { timeout: 10_000 }).toEqual(expected);

async function issuer() {
  const { url, requests } = await scriptedIssuer({ '/': { text: 'hello' } });
  const address = url.replace('127.0.0.1', 'localhost');
  const get = async (signal?: AbortSignal) =>
    await (await send(`${address}/`, { method: 'GET', headers: {} }, { issuer: address, signal })).text();
  return { get, requests };
}

test('concurrent requests share one lookup of their host, and a later request starts another one', () => {
  const answers: unknown[][] = [];
  const ask = (host: string, all: boolean) =>
    sharedLookup(host, { all }, (...answer) => void answers.push(answer));
  ask('one.example', true);
  ask('other.example', true);
  ask('one.example', false);
  expect(hosts()).toEqual(['one.example', 'other.example']);
  questions[0]?.answer(null, here);
  expect(answers).toEqual([
    [null, here],
    [null, '127.0.0.1', 4],
  ]);
  ask('one.example', true);
  expect(hosts()).toEqual(['one.example', 'other.example', 'one.example']);
  expect(answers).toHaveLength(2);
});

test('all waiting requests fail if the host does not exist', () => {
  const errors: unknown[] = [];
  for (const all of [true, false]) sharedLookup('none.example', { all }, (error) => void errors.push(error));
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND none.example'), { code: 'ENOTFOUND' });
  questions[0]?.answer(error, []);
  expect(errors).toEqual([error, error]);
});

test('a host whose name service does not answer delays no other host', async () => {
  const url = 'https://dead.example/';
  const dead = send(url, { method: 'GET', headers: {} }, { issuer: url }).catch((error: unknown) => error);
  await asked('dead.example');
  const { get } = await issuer();
  const result = get();
  await asked('dead.example', 'localhost');
  questions[1]?.answer(null, here);
  expect(await result).toBe('hello');
  const error = Object.assign(new Error('getaddrinfo EAI_AGAIN dead.example'), { code: 'EAI_AGAIN' });
  questions[0]?.answer(error, []);
  expect(await dead).toMatchObject({ reason: 'the name service does not answer', sent: false });
});

test.each([
  [undefined, 'timeout:2'],
  ['timeout:3', 'timeout:3'],
])('with RES_OPTIONS=%s the system asks the next name server by %s', async (own, expected) => {
  vi.stubEnv('RES_OPTIONS', own);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.resetModules();
  await import('./lookup.ts');
  expect(process.env.RES_OPTIONS).toBe(expected);
});

test('a request that was aborted before the connection is not sent', async () => {
  const { get, requests } = await issuer();
  const abort = new AbortController();
  const given = get(abort.signal);
  await asked('localhost');
  abort.abort(new Error('Ctrl-C'));
  await expect(given).rejects.toThrow('Ctrl-C');
  questions[0]?.answer(null, here);
  isQuick = true;
  expect(await get()).toBe('hello');
  expect(requests).toHaveLength(1);
});
