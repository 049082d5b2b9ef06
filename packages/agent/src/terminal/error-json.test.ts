import { expect, test } from 'vitest';
import { errorJson, hintsIn } from './error-json.ts';

test('a failure is one line of JSON that no terminal obeys', () => {
  const text = errorJson({ message: 'a\u001b[2J\n', kind: 'failed', hints: ['do'], exitCode: 1 });
  expect(text).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(text)).toEqual({ error: 'a\u001b[2J\n', kind: 'failed', hints: ['do'], exit_code: 1 });
});

test('hints are without the word', () => {
  expect(hintsIn('hint: one\nhint: two\n')).toEqual(['one', 'two']);
});
