import { expect, test } from 'vitest';
import { deserializeAccounts, serializeAccounts } from './serialized-account.ts';

/** A text as an agent hands it to the program that replaces it: written by the agent of one version, read by that of another. */
const text = JSON.stringify([
  {
    loadedAt: 1_700_000_000_000,
    ends: { wall: 1_700_003_600, steady: 3600 },
    alwaysAllowIdToken: true,
    confirm: false,
    account: {
      name: 'wlcg',
      issuer_url: 'https://iam.example/',
      client_id: 'client',
      client_secret: 'client secret',
      refresh_token: 'refresh token',
    },
    access: { password: { value: 'password' } },
    tokens: [
      {
        wish: { scope: 'storage.read:/', audience: 'https://storage.example' },
        ends: { wall: 1_700_001_800, steady: 1800 },
        token: {
          expiresAt: 1_700_001_800,
          remarks: ['a remark'],
          accessToken: 'access token',
          idToken: 'ID token',
        },
      },
    ],
  },
]);

test('an account that an agent of another version has serialized keeps its tokens', () => {
  expect(deserializeAccounts(text)).toMatchObject([
    {
      account: { name: 'wlcg' },
      ends: { wall: 1_700_003_600, steady: 3600 },
      alwaysAllowIdToken: true,
      confirm: false,
      tokens: [
        {
          parameters: { scope: 'storage.read:/', audience: 'https://storage.example' },
          ends: { wall: 1_700_001_800, steady: 1800 },
          token: { expiresAt: 1_700_001_800, remarks: ['a remark'] },
        },
      ],
    },
  ]);
});

test('an account is serialized with the member names that agents of other versions read, secrets included', () => {
  expect(JSON.parse(serializeAccounts(deserializeAccounts(text)))).toMatchObject(JSON.parse(text));
});
