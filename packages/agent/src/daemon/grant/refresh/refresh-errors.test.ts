import { describe, expect, test } from 'vitest';
import { grantAt, tokens } from '../../../../test/grant-at.ts';
import type { Answer } from '../../../../test/scripted-issuer.ts';

describe('a refusal comes with the next command', () => {
  const refusal = (status: number, error: string): Answer => ({ status, json: { error } });

  test.each([
    ['a dead refresh token', refusal(400, 'invalid_grant'), /oidc-gen --reauthenticate -w device wlcg/],
    [
      'a dead refresh token at IAM',
      refusal(401, 'invalid_token'),
      /oidc-gen --reauthenticate -w device wlcg/,
    ],
    [
      'a client that is gone',
      refusal(401, 'invalid_client'),
      /oidc-gen --confirm-yes -w device --iss=\S+ wlcg$/,
    ],
    ['a scope that was not granted', refusal(400, 'invalid_scope'), /oidc-gen -p wlcg/],
  ])('%s', async (_name, answer, hint) => {
    const { get } = await grantAt(answer);
    await expect(get()).rejects.toMatchObject({ hints: [expect.stringMatching(hint)] });
  });

  test('a misspelt scope is corrected to one of the account', async () => {
    const account = { refresh_scope: 'openid storage.read:/ compute.read' };
    const { get } = await grantAt(refusal(400, 'invalid_scope'), { account });
    await expect(get({ scope: 'storage.raed:/data' })).rejects.toMatchObject({
      hints: [
        'did you mean storage.read:/data, not storage.raed:/data?',
        expect.stringMatching(/oidc-gen -p/),
      ],
    });
  });

  test('an account without a refresh token sends no request', async () => {
    const { get, forms } = await grantAt(tokens('at'), { account: { refresh_token: undefined } });
    await expect(get()).rejects.toMatchObject({
      message: 'No or malformed refresh token',
      hints: [expect.stringContaining('oidc-gen --reauthenticate -w device wlcg')],
    });
    expect(forms()).toEqual([]);
  });
});
