import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { askDialog, type DialogQuestion } from './dialog.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jeton-dialog-'));
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts an oidc-prompt into PATH that writes down what it was started with, and then does what the script says. */
function promptThat(script: string): void {
  const record = `printf '%s\\0' "$@" > ${folder}/args; env > ${folder}/env`;
  writeFileSync(join(folder, 'oidc-prompt'), `#!/bin/sh\n${record}\n${script}\n`, { mode: 0o700 });
}

const recorded = (file: string) => readFileSync(join(folder, file), 'utf8');
const password: DialogQuestion = { type: 'password', title: 'Unlock', text: 'Password of wlcg' };

it('gives the answer', async () => {
  promptThat('echo secret');
  expect(await askDialog(password)).toBe('secret');
});

it('has no answer when the person cancels', async () => {
  promptThat('exit 1');
  expect(await askDialog(password)).toBeUndefined();
});

it.each<[DialogQuestion, string[]]>([
  [password, ['password', 'Unlock', 'Password of wlcg', '', '30']],
  [
    { type: 'input', title: 'T', text: 'Which?', label: 'Issuer', suggestion: 'https://iam.example/' },
    ['input', 'T', 'Which?', 'Issuer', '30', 'https://iam.example/'],
  ],
  [
    { type: 'select-other', title: 'T', text: 'Which?', choices: ['one', 'two'] },
    ['select-other', 'T', 'Which?', '', '30', 'one', 'two'],
  ],
  [
    { type: 'link', title: 'T', text: 'Log in', address: 'https://iam.example/device' },
    ['link', 'T', 'Log in', 'https://iam.example/device', '30'],
  ],
])('asks %j in the words of the C program', async (question, words) => {
  promptThat('echo yes');
  await askDialog(question, { timeout: 30 });
  expect(recorded('args').split('\0').slice(0, -1)).toEqual(['--', ...words]);
});

it('starts no shell: what a program calls itself is shown, not run', async () => {
  promptThat('echo yes');
  const name = `--x '$(touch ${folder}/run)' "; touch ${folder}/run" <img src=x>`;
  await askDialog({ type: 'confirm-default-yes', title: name, text: name });
  const [, , title, text] = recorded('args').split('\0');
  expect(title).toBe(name);
  expect(text).toBe(name.replace('<img src=x>', '&lt;img src=x&gt;'));
  expect(() => recorded('run')).toThrow('ENOENT');
});

it('takes the question back', async () => {
  promptThat(`echo $$ > ${folder}/started; exec sleep 60`);
  const controller = new AbortController();
  const answer = askDialog(password, { signal: controller.signal });
  await vi.waitFor(() => recorded('started'), { timeout: 60_000 });
  controller.abort();
  expect(await answer).toBeUndefined();
  expect(await askDialog(password, { signal: controller.signal })).toBeUndefined();
});

it('does not hand on the password of an account file', async () => {
  promptThat('echo yes');
  vi.stubEnv('OIDC_ENCRYPTION_PW', 'correct horse');
  await askDialog(password);
  expect(recorded('env')).not.toContain('correct horse');
});

it('says when there is no oidc-prompt', async () => {
  vi.stubEnv('PATH', folder);
  await expect(askDialog(password)).rejects.toThrow('ENOENT');
});
