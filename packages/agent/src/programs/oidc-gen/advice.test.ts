import { expect, test } from 'vitest';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { readArguments } from '../../command-line/options.ts';
import { IssuerError } from '../../oauth/http/errors.ts';
import { advised, advisedLogin } from './advice.ts';
import { program } from './command-line.ts';

async function hints(...argv: string[]) {
  const { metadata } = await scriptedIssuer({});
  const error = new IssuerError('no', { issuer: metadata.issuer, kind: 'refused', status: 403 });
  const met = { metadata, members: { issuer_url: metadata.issuer }, known: undefined };
  const { options } = readArguments(program, [...argv, 'wlcg']);
  return advised(error, met, ['device'], options).hints;
}

test('an issuer that registers nobody without a token: whoever has one is told how to pass it', async () => {
  expect(await hints()).toContainEqual(expect.stringContaining('--at=TOKEN'));
});

test('whoever has passed one is not told to', async () => {
  expect(await hints('--at=initial')).not.toContainEqual(expect.stringContaining('--at=TOKEN'));
});

test('a login that fails for its client or a scope: what to look at', () => {
  const issuer = 'https://issuer.example/';
  const refused = (description: string) =>
    new IssuerError('no', { issuer, kind: 'client_refused', error: 'invalid_client', description });
  expect(advisedLogin(refused('Bad client credentials'))).toMatchObject({
    hints: [expect.stringMatching(/^check the client id, and its secret: --client-id/)],
  });
  expect(advisedLogin(refused('Unauthorized grant type'))).toMatchObject({
    hints: [expect.stringContaining('(-w)')],
  });
  const scope = new IssuerError('no', { issuer, kind: 'scope_refused' });
  expect(advisedLogin(scope)).toMatchObject({
    hints: [expect.stringContaining('--scope'), expect.stringContaining('"offline_access": false')],
  });
  const other = new IssuerError('no', { issuer, kind: 'refused' });
  expect(advisedLogin(other)).toBe(other);
});
