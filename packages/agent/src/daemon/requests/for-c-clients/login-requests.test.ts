/** What the agent does for a client that leaves a login to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRequest } from '@jeton/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { failureOf } from '../../failure.ts';
import { ownerDoor } from '../../socket/door.ts';
import { Handlers } from '../handlers.ts';

/** Sends `gen` for some flows, at an issuer whose token endpoint answers as given. */
async function genWith(token: Answer, flow = ['password', 'device']) {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-test-'));
  vi.stubEnv('OIDC_CONFIG_DIR', folder);
  const issuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) =>
      response.end(JSON.stringify(issuer.metadata)),
    '/token': token,
    '/devicecode': {
      json: { device_code: 'dc', user_code: 'U', verification_uri: 'http://localhost/d', expires_in: 600 },
    },
  });
  const handlers = new Handlers({
    socketPaths: ['/nowhere'],
    socketCheckSeconds: 60,
    lifetime: 0,
    autoload: false,
    alwaysAllowIdToken: false,
    webserver: false,
    customScheme: false,
    console: true,
  });
  onTestFinished(async () => {
    await handlers.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const config = { name: 'a', issuer_url: issuer.metadata.issuer, client_id: 'c', client_secret: 's' };
  const request = { request: 'gen', flow, config: { ...config, username: 'u', password: 'p' } };
  const client = { gone: new AbortController().signal, door: ownerDoor };
  const ask = async () => await handlers.handle(parseRequest(JSON.stringify(request)), client);
  const answer = await ask().catch(failureOf);
  return { answer, asked: issuer.requests.map(({ path }) => path) };
}

test('a user whom the issuer denied access is not asked again by another flow', async () => {
  const { answer, asked } = await genWith({ status: 400, json: { error: 'access_denied' } });
  expect(answer).toMatchObject({ status: 'failure', error: expect.stringContaining('access_denied') });
  expect(asked).not.toContain('/devicecode');
});

test('where the client may not use a flow, the next one begins', async () => {
  const { answer, asked } = await genWith({ status: 400, json: { error: 'unauthorized_client' } });
  expect(answer).toMatchObject({ status: 'accepted', oidc_device: { user_code: 'U' } });
  expect(asked).toContain('/devicecode');
});

test('a login without a refresh token makes no account', async () => {
  const { answer } = await genWith({ json: { access_token: 'at', token_type: 'Bearer' } }, ['password']);
  expect(answer).toMatchObject({
    status: 'failure',
    error: 'OIDP response does not contain a refresh token',
    info: expect.stringContaining('offline_access'),
  });
});
