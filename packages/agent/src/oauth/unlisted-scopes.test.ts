import { expect, it } from 'vitest';
import { unlistedScopes } from './unlisted-scopes.ts';

const listed = [
  'openid',
  'profile',
  'offline_access',
  'storage.read:/',
  'storage.create:/data',
  'compute.read',
  'wlcg',
];

it.each(['openid wlcg', 'storage.read:/', 'storage.read:/data/x', 'storage.create:/data/x', 'max', ''])(
  '%s is listed',
  (asked) => {
    expect(unlistedScopes(asked, listed)).toEqual([]);
  },
);

it.each([
  ['storage.raed:/', 'storage.read:/'],
  ['storage.raed:/data', 'storage.read:/data'],
  ['opneid', 'openid'],
  ['compute.raed', 'compute.read'],
  ['offline', 'offline_access'],
  ['compute.read,wlcg', 'compute.read wlcg'],
  ['compute.read,storage.read:/,', 'compute.read storage.read:/'],
  ['some,thing', undefined],
  ['storage.create:/other', undefined],
  ['storage.create:/database', undefined],
  ['urn:example:scope', undefined],
])('%s is not: %s may be meant', (scope, meant) => {
  expect(unlistedScopes(`openid ${scope}`, listed)).toEqual([{ scope, meant }]);
});

it('nothing is unlisted at an issuer that lists no scopes', () => {
  expect(unlistedScopes('any', undefined)).toEqual([]);
  expect(unlistedScopes('any', [])).toEqual([]);
});
