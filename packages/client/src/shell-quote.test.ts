import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hintsFor } from './conversation/agent-texts.ts';
import { shellQuote } from './shell-quote.ts';

test('a shell reads back what was quoted, and runs nothing of it', () => {
  const text = fc.string({ unit: fc.constantFrom(...'$()`\'"\\ ;&|<>*?~#!{}[]\nabc-'), maxLength: 12 });
  const texts = fc.sample(text, 300);
  const script = texts.map((one) => `printf '%s\\0' ${shellQuote(one)}`).join('\n');
  const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(read).toEqual(texts);
});

test('what needs no quotes has none', () => {
  expect(['wlcg', 'a-b_1.2', 'https://iam.example/x'].map(shellQuote)).toEqual([
    'wlcg',
    'a-b_1.2',
    'https://iam.example/x',
  ]);
});

test('the command of a hint can be pasted, whatever name was asked for', () => {
  expect(hintsFor('not-loaded', '$(id)')).toEqual(["load the account with: oidc-add '$(id)'"]);
  expect(hintsFor('login-needed', 'a b')).toEqual(["log in again with: oidc-gen --reauthenticate 'a b'"]);
});
