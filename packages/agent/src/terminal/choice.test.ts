import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { choose } from './choice.ts';
import type { Terminal } from './prompt.ts';

const UP = '\u001b[A';
const DOWN = '\u001b[B';
const ENTER = '\r';
const choices = Array.from({ length: 40 }, (_, index) => `https://iam${index + 1}.example/`);

/** Presses keys at the question; gives the answer, and what the terminal showed. */
async function answer(keys: readonly string[], { rows = 24, columns = 80 } = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = '';
  output.on('data', (chunk) => {
    shown += chunk;
  });
  const terminal = {
    input,
    output: Object.assign(output, { rows, columns, isTTY: false }),
  } as unknown as Terminal;
  const own = (typed: string) => (typed.includes('.') ? `https://${typed}/` : undefined);
  const answered = choose({ question: 'Issuer', choices, own, nothingFound: 'type an address' }, terminal);
  for (const key of keys) input.write(key);
  return { answer: await answered, shown };
}

test('Enter takes the first, and the arrow keys another one', async () => {
  expect((await answer([ENTER])).answer).toBe('https://iam1.example/');
  expect((await answer([DOWN, DOWN, UP, ENTER])).answer).toBe('https://iam2.example/');
  expect((await answer([UP, ENTER])).answer).toBe('https://iam1.example/');
});

test('what is typed filters the list, also in one piece with Enter, as from a paste', async () => {
  expect((await answer(['I', 'AM3', '7', ENTER])).answer).toBe('https://iam37.example/');
  expect((await answer([`example 21${ENTER}`])).answer).toBe('https://iam21.example/');
  expect((await answer([`other.example${ENTER}`])).answer).toBe('https://other.example/');
});

test('a text that matches nothing and is no answer of its own stays to be corrected', async () => {
  const { answer: taken, shown } = await answer([`iam377${ENTER}`, '\u007f', ENTER]);
  expect(taken).toBe('https://iam37.example/');
  expect(shown).toContain('type an address');
});

test('it fits the window, and shows the part of the list around the chosen one', async () => {
  const { shown, answer: taken } = await answer([...Array(30).fill(DOWN), ENTER], { rows: 10, columns: 20 });
  expect(taken).toBe('https://iam31.example/');
  const screens = shown.split('\u001b[0J').filter((screen) => screen.includes('\n'));
  expect(screens.length).toBeGreaterThan(30);
  // The last one is the answer alone.
  for (const screen of screens.slice(0, -1)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    const lines = screen.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').split('\n');
    expect(lines.length).toBeLessThan(10);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
  }
  expect(screens.at(-2)).toContain('> https://iam31.');
});

test('Ctrl-C gives up', async () => {
  await expect(answer(['iam', '\u0003'])).rejects.toThrow('Interrupted.');
});

test('a terminal that cannot move its cursor gets numbers', async () => {
  vi.stubEnv('TERM', 'dumb');
  const { answer: taken, shown } = await answer([`99${ENTER}`, `7${ENTER}`]);
  expect(taken).toBe('https://iam7.example/');
  expect(shown).toContain('[40] https://iam40.example/\n');
  expect(shown).toContain('type an address\n');
});
