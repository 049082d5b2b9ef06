import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { showWaiting, waitingFor } from '../waiting.ts';
import { showProgress, takeLastLine } from './progress.ts';

const SHORT_MS = 100;
const LONG_MS = 700;

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('OIDC_AGENT_NOCOLOR', '');
  vi.stubEnv('TERM', 'xterm');
  showWaiting(() => () => undefined);
});

/** What a terminal gets during a wait. */
async function shown(milliseconds: number, { isTTY = true, columns = 80 } = {}): Promise<string[]> {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  showProgress({ isTTY, columns, write });
  await waitingFor('iam.example', pause(milliseconds));
  return written;
}

test('a long wait is shown, and erased when it ends', async () => {
  expect(await shown(LONG_MS)).toEqual([
    '\r\u001b[K\u001b[2mWaiting for iam.example ...\u001b[0m',
    '\r\u001b[K',
  ]);
});

test('a wait that fails is erased, too', async () => {
  const written: string[] = [];
  showProgress({ isTTY: true, columns: 80, write: (text) => written.push(String(text)) > 0 });
  const failing = pause(LONG_MS).then(() => Promise.reject(new Error('refused')));
  await expect(waitingFor('iam.example', failing)).rejects.toThrow('refused');
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('a short wait is not shown', async () => {
  expect(await shown(SHORT_MS)).toEqual([]);
});

test('the line never wraps', async () => {
  expect((await shown(LONG_MS, { columns: 12 }))[0]).toContain('\u001b[2mWaiting for\u001b[0m');
});

test('nothing is shown beside a countdown', async () => {
  const giveBack = takeLastLine();
  expect(await shown(LONG_MS)).toEqual([]);
  giveBack();
  expect(await shown(LONG_MS)).toHaveLength(2);
});

test.each([
  ['without a terminal', {}, false],
  ['with NO_COLOR', { NO_COLOR: '1' }, true],
  ['at a dumb terminal', { TERM: 'dumb' }, true],
])('nothing is shown %s', async (_where, env, isTTY) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  expect(await shown(LONG_MS, { isTTY })).toEqual([]);
});
