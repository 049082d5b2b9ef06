import { expect, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { userInfo } from './userinfo.ts';

async function ask(answer: Answer) {
  const { metadata, url } = await scriptedIssuer({ '/userinfo': answer });
  return userInfo({
    metadata: { ...metadata, userinfo_endpoint: `${url}/userinfo` },
    accessToken: new Secret('at'),
  });
}

test.each<[string, Answer]>([
  ['a web page', { status: 403, text: '<html>Forbidden</html>' }],
  ['a code', { status: 403, json: { error: 'insufficient_scope' } }],
])('the error of an issuer that requires openid, sent as %s, has a hint', async (_name, answer) => {
  await expect(ask(answer)).rejects.toMatchObject({ hints: [expect.stringContaining('openid')] });
});
