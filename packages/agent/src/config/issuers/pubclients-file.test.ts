import { expect, test } from 'vitest';
import { parsePubclients } from './pubclients-file.ts';

test('each line names a client, perhaps its secret, its issuer, and perhaps scopes', () => {
  const text = `# <client_id>[:<client_secret>]@issuer[@<scopes>]
id-1@https://one.example/
id-2:s3cr:et@https://two.example:8443/oauth2@openid profile

nonsense
@https://three.example/
`;
  const [one, two, ...others] = parsePubclients(text);
  expect(one).toEqual({ issuer: 'https://one.example/', pubclient: { client_id: 'id-1' } });
  expect(two).toMatchObject({
    issuer: 'https://two.example:8443/oauth2',
    pubclient: { client_id: 'id-2', scope: 'openid profile' },
  });
  expect(two?.pubclient?.client_secret?.reveal()).toBe('s3cr:et');
  expect(others).toEqual([]);
});
