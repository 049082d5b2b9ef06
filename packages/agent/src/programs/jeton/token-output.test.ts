import { execFileSync } from 'node:child_process';
import {
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Tokens } from '../../oauth/grants/tokens.ts';
import { Secret } from '../../secret.ts';
import { program } from './commands/refresh.ts';
import { checkOutput, checkTarget, exportLines, renderTokens, saveText } from './token-output.ts';

const answer = { access_token: 'at.x-y_z', token_type: 'Bearer', refresh_token: 'rt', extra: { a: 1 } };
const tokens: Tokens = {
  accessToken: new Secret(answer.access_token),
  refreshToken: new Secret(answer.refresh_token),
  idToken: undefined,
  expiresAt: undefined,
  scope: undefined,
  answer: new Secret(JSON.stringify(answer)),
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'jeton-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('what is printed', () => {
  it('is the access token alone', () => {
    expect(renderTokens(tokens, { json: false, env: false })).toBe('at.x-y_z');
  });

  it('with --json is the whole answer of the issuer', () => {
    expect(JSON.parse(renderTokens(tokens, { json: true, env: false }))).toEqual(answer);
  });

  it('with --env are the lines of the scripts', () => {
    const lines = 'export IAM_ACCESS_TOKEN="at.x-y_z"\nexport IAM_REFRESH_TOKEN="rt"';
    expect(renderTokens(tokens, { json: false, env: true })).toBe(lines);
    const without = { ...tokens, refreshToken: undefined };
    expect(renderTokens(without, { json: false, env: true })).toBe('export IAM_ACCESS_TOKEN="at.x-y_z"');
  });

  it('--json and --env exclude each other', () => {
    expect(() => checkOutput(program, { json: true, env: true, out: undefined })).toThrow(
      'exclude each other',
    );
  });
});

it('a shell takes from the lines exactly what they are meant to hold, whatever that is', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.stringMatching(/^["'$`\\!;\n (){}a-z]*$/),
    fc.constantFrom("$(touch x)'`id`", '\\"; id #', "'\\''"),
  );
  const values = fc.sample(text, 200).map((value) => value.replaceAll('\0', ''));
  const script = values
    .map((value, index) => `${exportLines({ [`V${index}`]: value })}\nprintf '%s\\0' "$V${index}"`)
    .join('\n');
  const seen = execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' });
  expect(seen.split('\0').slice(0, -1)).toEqual(values);
});

describe('--out', () => {
  it('replaces a file by one that its owner alone can read, without a newline', async () => {
    const path = join(folder(), 'token');
    writeFileSync(path, 'old', { mode: 0o644 });
    await saveText(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  it('writes through a link of our own', async () => {
    const place = folder();
    symlinkSync(join(place, 'target'), join(place, 'link'));
    writeFileSync(join(place, 'target'), 'old');
    await saveText(join(place, 'link'), 'new');
    expect(readFileSync(join(place, 'target'), 'utf8')).toBe('new');
    expect(lstatSync(join(place, 'link')).isSymbolicLink()).toBe(true);
  });

  it.skipIf(process.getuid?.() !== 0)('refuses what a link of somebody else points to (needs root)', () => {
    const place = folder();
    writeFileSync(join(place, 'mine'), 'precious');
    symlinkSync(join(place, 'mine'), join(place, 'token'));
    lchownSync(join(place, 'token'), 65534, 65534);
    expect(() => checkTarget(join(place, 'token'))).toThrow('it belongs to another user');
  });

  it('refuses devices, folders and places that are not there, before anything is sent', () => {
    const place = folder();
    mkdirSync(join(place, 'folder'));
    symlinkSync('/dev/null', join(place, 'link'));
    for (const name of ['folder', 'link']) {
      expect(() => checkTarget(join(place, name))).toThrow('it is not a regular file');
    }
    expect(() => checkTarget(join(place, 'nowhere', 'token'))).toThrow('no such file or directory (ENOENT)');
  });
});
