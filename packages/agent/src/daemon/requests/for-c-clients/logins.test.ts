import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Answer, listen, scriptedIssuer } from '../../../../test/scripted-issuer.ts';
import { VirtualClock } from '../../../../test/virtual-clock.ts';
import type { Account } from '../../../accounts/account.ts';
import { Secret } from '../../../secret.ts';
import { DeviceLogins } from './device-logins.ts';
import { Logins, type Outcome, type Wanted } from './logins.ts';

const tokens: Answer = { json: { access_token: 'at', refresh_token: 'rt', expires_in: 3600 } };
const pending: Answer = { status: 400, json: { error: 'authorization_pending' } };

async function loginsAt(answers: Answer | Answer[], account: Partial<Account> = {}) {
  const issuer = await scriptedIssuer({
    '/devicecode': {
      json: { device_code: 'dc', user_code: 'ABC', verification_uri: 'http://localhost/d', expires_in: 600 },
    },
    '/token': answers,
  });
  const metadata = { ...issuer.metadata, authorization_endpoint: `${issuer.url}/authorize` };
  const client = { clientId: 'c', clientSecret: undefined, method: 'none' as const };
  const wanted: Wanted = {
    account: { name: 'wlcg', issuer_url: metadata.issuer, client_id: 'c', ...account },
    access: {},
    request: {
      metadata,
      client,
      scope: 'storage.read:/',
      redirectUris: account.redirect_uris ?? [],
      customParametersFor: async (of) => ({ for_request: new Secret(of) }),
    },
    onlyToken: false,
  };
  const finished: Outcome[] = [];
  const clock = new VirtualClock();
  const hold = async (outcome: Outcome) => void finished.push(outcome);
  const logins = new Logins('/run/agent.sock', { hold, requireUnlocked: () => undefined }, clock);
  const devices = new DeviceLogins(hold, clock);
  return { logins, devices, wanted, finished, clock, issuer };
}

/** A port of this computer at which no process listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('each request of a login carries what the configuration adds to it', async () => {
  const { logins, devices, wanted, issuer } = await loginsAt(tokens, {
    redirect_uris: ['http://localhost:4242'],
  });
  await devices.begin(wanted);
  await devices.poll('dc', false);
  const { uri, state } = await logins.beginCode(wanted, { webserver: false, scheme: false });
  await logins.finish(state, new URLSearchParams({ state, code: 'code' }));
  expect(issuer.requests.map(({ form }) => form.for_request)).toEqual([
    'device-init',
    'device-polling',
    'code-exchange',
  ]);
  expect(new URL(uri).searchParams.get('for_request')).toBe('auth_url');
});

describe('a device code', () => {
  test('brings tokens when the user has approved, until a client takes them', async () => {
    const { devices, wanted, finished, issuer } = await loginsAt([pending, tokens]);
    const { deviceCode } = await devices.begin(wanted);
    const code = deviceCode.reveal();
    await expect(devices.poll(code, false)).rejects.toMatchObject({ error: 'authorization_pending' });
    for (const _time of [1, 2]) {
      expect((await devices.poll(code, false)).tokens.accessToken.reveal()).toBe('at');
    }
    const [begun, polled] = issuer.requests.map(({ form }) => form);
    expect([begun?.code_challenge_method, polled?.code_verifier]).toEqual(['S256', expect.any(String)]);
    expect([finished.length, devices.take(code), devices.take(code)]).toEqual([1, true, false]);
    await expect(devices.poll(code, false)).rejects.toThrow('wrong device code');
  });

  test('that no client has begun, or that is over, is unknown', async () => {
    const { devices, wanted, clock, issuer } = await loginsAt(tokens);
    await expect(devices.poll('other', false)).rejects.toThrow('wrong device code');
    await devices.begin(wanted);
    await clock.pass(601);
    await expect(devices.poll('dc', false)).rejects.toThrow('wrong device code');
    expect(issuer.requests.filter(({ path }) => path === '/token')).toEqual([]);
  });
});

describe('a login in a browser', () => {
  const browser = { webserver: true, scheme: false };
  async function begun(answers: Answer | Answer[] = tokens) {
    const redirectUri = `http://localhost:${await freePort()}`;
    const all = await loginsAt(answers, { redirect_uris: [redirectUri] });
    const { uri, state } = await all.logins.beginCode(all.wanted, browser);
    const visit = (query: Record<string, string>) =>
      fetch(`${redirectUri}/?${new URLSearchParams({ state, code: 'code', ...query })}`);
    return { ...all, uri, state, visit };
  }

  test('is found by its state, which names the agent as the C suite does', async () => {
    const { uri, state, logins } = await begun();
    expect(new URL(uri).searchParams.get('state')).toBe(state);
    expect(state).toMatch(/^0:0[A-Za-z0-9_-]{24}:15:L3J1bi9hZ2VudC5zb2Nr$/);
    await logins.close();
  });

  test('gives its outcome once; then it is taken, and its server has ended', async () => {
    const { logins, state, visit, finished } = await begun();
    expect(await logins.result(state)).toBeUndefined();
    expect((await visit({})).status).toBe(200);
    expect(finished).toHaveLength(1);
    expect(await logins.result(state)).toMatchObject({ tokens: { scope: undefined } });
    expect([await logins.take(state), await logins.take(state)]).toEqual([true, false]);
    expect(await logins.result(state)).toBe('taken');
    await expect(visit({})).rejects.toThrow();
  });

  test('does not take an answer to another one', async () => {
    const { logins, state, visit, finished, issuer } = await begun();
    expect((await visit({ state: 'other' })).status).toBe(400);
    await expect(logins.finish('other', new URLSearchParams({ code: 'c' }))).rejects.toThrow('wrong state');
    expect(issuer.requests).toEqual([]);
    expect((await visit({})).status).toBe(200);
    expect([finished.length, await logins.result('other')]).toEqual([1, undefined]);
    await logins.endServer(state);
  });

  test('redeems its code once, however often the page is loaded', async () => {
    const { logins, state, visit, issuer } = await begun();
    await Promise.all([visit({}), visit({}), visit({})]);
    expect(issuer.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
    await logins.endServer(state);
  });

  test('is forgotten after an hour, and its port is free again', async () => {
    const { logins, state, visit, clock } = await begun();
    await clock.pass(3601);
    await logins.endServer(state);
    await expect(visit({})).rejects.toThrow();
    await expect(logins.finish(state, new URLSearchParams({ code: 'c' }))).rejects.toThrow('wrong state');
  });

  test('without any redirect URI cannot begin', async () => {
    const { logins, wanted } = await loginsAt(tokens);
    await expect(logins.beginCode(wanted, browser)).rejects.toThrow('No redirect_uri specified');
  });

  test('comes back to an address rather than to localhost, where the client may', async () => {
    const redirect_uris = [`http://localhost:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const { logins, wanted } = await loginsAt(tokens, { redirect_uris });
    const { uri } = await logins.beginCode(wanted, browser);
    expect(new URL(uri).searchParams.get('redirect_uri')).toBe(redirect_uris[1]);
    await logins.close();
  });

  test('does not begin where another process would get its answer', async () => {
    const redirect_uris = [`http://localhost:${await listen(createServer())}`];
    const { logins, wanted } = await loginsAt(tokens, { redirect_uris });
    await expect(logins.beginCode(wanted, browser)).rejects.toThrow(
      'Could not start the http server on any of the registered redirect uris.',
    );
  });

  test.each([
    [true, 'edu.kit.data.oidc-agent:/redirect'],
    [false, 'http://localhost:4242'],
  ])('without a web server comes back by the scheme only if that is wanted: %s', async (scheme, expected) => {
    const redirect_uris = ['http://localhost:4242', 'edu.kit.data.oidc-agent:/redirect'];
    const { logins, wanted } = await loginsAt(tokens, { redirect_uris });
    const { uri } = await logins.beginCode(wanted, { webserver: false, scheme });
    expect(new URL(uri).searchParams.get('redirect_uri')).toBe(expected);
  });
});
