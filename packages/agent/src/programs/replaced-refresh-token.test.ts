import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Answer, scriptedIssuer } from '../../test/scripted-issuer.ts';
import { clientCredentials } from '../oauth/client/client-authentication.ts';
import { Secret } from '../secret.ts';
import * as jetonRefresh from './jeton/commands/refresh.ts';
import { refreshAndSave } from './replaced-refresh-token.ts';

const spoilt: Answer = { json: { access_token: 'at', token_type: 'DPoP', refresh_token: 'new-one' } };

test('jeton refresh: a new refresh token is in its file, whatever else is wrong with the answer', async () => {
  const { url, metadata } = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) => response.end(JSON.stringify(metadata)),
    '/token': spoilt,
  });
  const file = join(mkdtempSync(join(tmpdir(), 'jeton-test-')), 'rt');
  writeFileSync(file, 'old-one');
  const run = jetonRefresh.run([`--issuer=${url}`, '--client-id=c', `--refresh-token-file=${file}`]);
  await expect(run).rejects.toMatchObject({ kind: 'malformed' });
  expect(readFileSync(file, 'utf8')).toBe('new-one');
});

test('without a file of its own, a new refresh token gets one, and the person is told where', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-test-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { metadata } = await scriptedIssuer({ '/token': spoilt });
  const result = refreshAndSave({
    metadata,
    client: clientCredentials('c'),
    refreshToken: new Secret('old-one'),
  });
  await expect(result).rejects.toMatchObject({ kind: 'malformed' });
  const [place = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, place, 'refresh-token'), 'utf8')).toBe('new-one');
});
