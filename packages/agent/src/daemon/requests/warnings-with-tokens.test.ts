/** Warnings that an agent sends with a token: the secret of the client ends soon, or no token lasts as long as the client asks for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRequest } from '@jeton/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { localTime } from '../../terminal/local-time.ts';
import { failureOf } from '../failure.ts';
import type { AgentSettings } from '../settings.ts';
import { ownerDoor } from '../socket/door.ts';
import { Handlers } from './handlers.ts';

const settings: AgentSettings = {
  socketPaths: ['/nowhere'],
  socketCheckSeconds: 60,
  lifetime: 0,
  autoload: false,
  alwaysAllowIdToken: false,
  webserver: false,
  customScheme: false,
  console: true,
};
const now = Math.floor(Date.now() / 1000);
const day = 86_400;
const granted: Answer = { json: { access_token: 'at', token_type: 'Bearer', expires_in: 3600 } };

/** An agent that holds an account whose client secret ends at a time, and how it was loaded. */
async function agentWith(client_secret_expires_at: number, token: Answer = granted) {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-test-'));
  vi.stubEnv('OIDC_CONFIG_DIR', folder);
  const issuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) =>
      response.end(JSON.stringify(issuer.metadata)),
    '/token': token,
  });
  const handlers = new Handlers(settings);
  onTestFinished(async () => {
    await handlers.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const client = { gone: new AbortController().signal, door: ownerDoor };
  const ask = async (request: object) => {
    try {
      return await handlers.handle(parseRequest(JSON.stringify(request)), client);
    } catch (error) {
      return failureOf(error);
    }
  };
  const config = {
    name: 'wlcg',
    issuer_url: issuer.metadata.issuer,
    client_id: 'c',
    client_secret: 's',
    refresh_token: 'rt',
    client_secret_expires_at,
  };
  const added = await ask({ request: 'add', config, plain_add: 1 });
  const get = (members: object = {}) => ask({ request: 'access_token', account: 'wlcg', ...members });
  return { ask, added, get, issuer: issuer.metadata.issuer };
}

test('in the week before a client secret ends, users at a terminal get a warning, and jobs do not', async () => {
  const end = now + 6 * day;
  const { added, get } = await agentWith(end);
  const told = expect.stringContaining(`the secret of the client is valid until ${localTime(end)}`);
  expect(added).toMatchObject({ status: 'success', info: told });
  expect(await get({ has_terminal: 1 })).toMatchObject({ access_token: 'at', info: told });
  expect(await get()).not.toHaveProperty('info');
});

test.each([0, now + 8 * day])('one that ends at %d is nothing to speak of', async (end) => {
  const { added, get } = await agentWith(end);
  expect(added).not.toHaveProperty('info');
  expect(await get({ has_terminal: 1 })).not.toHaveProperty('info');
});

test('the status says when it ends', async () => {
  const end = now + 300 * day;
  const { ask } = await agentWith(end);
  expect(await ask({ request: 'status' })).toMatchObject({
    info: expect.stringContaining(`client secret ends ${localTime(end)}`),
  });
  expect(await ask({ request: 'status_json' })).toMatchObject({
    info: { accounts: [{ client_secret_expires_at: end }] },
  });
});

test('when the issuer refuses a client whose secret has ended, that is said, with a command that works', async () => {
  const { get, issuer } = await agentWith(now - day, { status: 401, json: { error: 'invalid_client' } });
  expect(await get()).toMatchObject({
    error: 'invalid_client',
    info: `hint: the secret of the client was valid until ${localTime(now - day)}; create the account again: oidc-gen --confirm-yes -w device --iss=${issuer} wlcg\n`,
  });
});

test('a client that wants a token valid for longer than any of the issuer gets a warning', async () => {
  const { get } = await agentWith(0);
  expect(await get({ min_valid_period: 99_999 })).toMatchObject({
    access_token: 'at',
    info: expect.stringMatching(
      /^warning: new tokens of this issuer are valid for 3(600|599) s, never for the 99999 s/,
    ),
  });
  expect(await get({ min_valid_period: 3000 })).not.toHaveProperty('info');
});

test('the text of an issuer is not taken for one of the agent', async () => {
  const { get } = await agentWith(0, { status: 400, json: { error: 'account not loaded' } });
  expect(await get()).toMatchObject({ error: 'account not loaded', kind: 'failed' });
});
