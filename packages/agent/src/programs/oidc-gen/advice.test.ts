import { expect, test } from 'vitest';
import { readArguments } from '../../command-line/options.ts';
import { IssuerError } from '../../oauth/errors.ts';
import { scriptedIssuer } from '../../oauth/scripted-issuer.ts';
import { advised } from './advice.ts';
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
