import { expect, test } from 'vitest';
import { SHIPPED_ISSUERS } from '../../../config/issuers/shipped-issuers.ts';
import { issuerAddress, suggestedName, usualScopes } from './suggestions.ts';

test.each([
  ['https://wlcg.cloud.cnaf.infn.it/', 'wlcg'],
  ['https://atlas-auth.cern.ch/', 'atlas'],
  ['https://iam-escape.cloud.cnaf.infn.it/', 'escape'],
  ['https://aai.egi.eu/auth/realms/egi', 'egi'],
  ['https://login.helmholtz.de/oauth2', 'helmholtz'],
  ['https://accounts.google.com', 'google'],
  ['http://localhost:8080/', 'local'],
  ['http://127.0.0.1:8080/', 'local'],
])('the short name for %s is %s', (issuer, name) => {
  expect(suggestedName(issuer, () => false)).toBe(name);
});

test('a name that is taken gets a number', () => {
  const taken = ['wlcg', 'wlcg2'];
  expect(suggestedName('https://wlcg.cloud.cnaf.infn.it/', (name) => taken.includes(name))).toBe('wlcg3');
});

test('each issuer that is shipped suggests a name of its own', () => {
  const names = SHIPPED_ISSUERS.map(({ issuer }) => suggestedName(issuer, () => false));
  expect(names.filter((name) => !/^[a-z][a-z0-9]+$/.test(name))).toEqual([]);
});

test.each([
  ['https://iam.example/', 'https://iam.example/'],
  ['http://iam.example/', 'http://iam.example/'],
  ['iam.example', 'https://iam.example'],
  ['iam.example:8443/realm', 'https://iam.example:8443/realm'],
  ['localhost:8080', 'http://localhost:8080'],
  ['127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
  ['localhst:8080', 'https://localhst:8080'],
  ['wlcg', undefined],
  ['two words.example', undefined],
  ['ftp://iam.example/', undefined],
  ['https://', undefined],
  ['iam.', undefined],
])('the address that %j means is %j', (typed, address) => {
  expect(issuerAddress(typed)).toBe(address);
});

test('the scopes that are suggested are those that the issuer lists, and those of each login', () => {
  const listed = ['openid', 'profile', 'storage.read:/', 'storage.modify:/', 'admin:write'];
  expect(usualScopes(listed)).toBe('openid profile offline_access storage.read:/');
  expect(usualScopes(undefined)).toBe('openid profile offline_access');
});
