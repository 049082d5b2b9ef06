import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const secret = new Secret('hunter2');

test('a secret is revealed only on request', () => {
  expect(secret.reveal()).toBe('hunter2');
});

test.each([
  ['string conversion', () => String(secret)],
  ['a template', () => `token: ${secret}`],
  ['JSON', () => JSON.stringify({ nested: [secret] })],
  ['inspection', () => inspect({ nested: { secret } }, { depth: 5, showHidden: true, getters: true })],
  ['a formatted error', () => inspect(new Error(`refused ${secret}`))],
  ['its own properties', () => Reflect.ownKeys(secret).map(String).join() + JSON.stringify({ ...secret })],
])('%s does not show it', (_where, show) => {
  expect(show()).not.toContain('hunter2');
});

test('what is shown instead says that there is a secret', () => {
  expect(inspect({ password: secret })).toBe('{ password: [secret] }');
  expect(JSON.stringify({ password: secret })).toBe('{"password":"[secret]"}');
});

test('secrets are compared without being revealed', () => {
  expect(secret.equals(new Secret('hunter2'))).toBe(true);
  expect(secret.equals(new Secret('hunter3'))).toBe(false);
  expect(secret.equals(undefined)).toBe(false);
  expect([secret.isEmpty, new Secret('').isEmpty]).toEqual([false, true]);
});
