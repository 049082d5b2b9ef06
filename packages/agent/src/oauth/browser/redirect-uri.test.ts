import { expect, test } from 'vitest';
import { loopbackPort } from './redirect-uri.ts';

test.each([
  ['http://localhost:4242', 4242],
  ['http://127.0.0.1/callback', 80],
  ['http://[::1]:8080', 8080],
  ['http://issuer.example:8080', undefined],
  ['http://constructor:8080', undefined],
  ['edu.kit.data.oidc-agent:/redirect', undefined],
])('%s leads to the port %s of this computer', (uri, port) => {
  expect(loopbackPort(uri)).toBe(port);
});
