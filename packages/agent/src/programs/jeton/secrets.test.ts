import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSecretFile } from './secret-file.ts';
import { tokenSource } from './secrets.ts';
import { Settings } from './settings.ts';

function file(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

test.each([
  ['secret\n', 'secret'],
  ['secret', 'secret'],
  ['secret\r\nsecond line\n', 'secret'],
  [' with spaces \n', ' with spaces '],
])('the first line of %j is the secret %j', (content, secret) => {
  expect(readSecretFile(file(content)).reveal()).toBe(secret);
});

test('a secret can come from an open descriptor', () => {
  const descriptor = openSync(file('secret\n'), 'r');
  onTestFinished(() => closeSync(descriptor));
  expect(readSecretFile(descriptor).reveal()).toBe('secret');
});

test('a file that is not there, or holds nothing, is told by its name', () => {
  expect(() => readSecretFile('/nowhere/secret')).toThrow("could not read '/nowhere/secret': no such file");
  const empty = file('\nsecret');
  expect(() => readSecretFile(empty)).toThrow(`the first line of '${empty}' is empty`);
  expect(() => readSecretFile(1234)).toThrow('could not read descriptor 1234: bad file descriptor');
});

test('a token comes from a file before a variable, without the white space around it', () => {
  const settings = new Settings({}, { TOKEN: ' from-variable\n' });
  expect(tokenSource(settings, 'the token', file('\n from-file \n'), 'TOKEN')().reveal()).toBe('from-file');
  expect(tokenSource(settings, 'the token', undefined, 'TOKEN')().reveal()).toBe('from-variable');
  expect(() => tokenSource(settings, 'the token', file(' \n'))()).toThrow('there is no token in');
});
