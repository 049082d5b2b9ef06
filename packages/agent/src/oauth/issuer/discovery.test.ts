import { expect, test } from 'vitest';
import { type Answer, type ScriptedIssuer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { discover } from './discovery.ts';

const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

/** An issuer whose document at the given path depends on its own address. */
async function issuerWith(path: string, document: (url: string) => unknown): Promise<ScriptedIssuer> {
  const script: Record<string, Answer> = {};
  const issuer = await scriptedIssuer(script);
  script[path] = { json: document(issuer.url) };
  return issuer;
}
const minimal = (url: string, slash: string) => ({
  issuer: `${url}${slash}`,
  token_endpoint: `${url}/token`,
});

test.each([
  ['/', ''],
  ['', '/'],
  ['/', '/'],
  ['', ''],
])(
  "an issuer that calls itself '...%s' is found as '...%s', and its own spelling is kept",
  async (own, typed) => {
    const { url } = await issuerWith(OIDC, (base) => minimal(base, own));
    const metadata = await discover({ issuer: `${url}${typed}` });
    expect(metadata).toEqual({ issuer: `${url}${own}`, token_endpoint: `${url}/token`, protocol: 'oidc' });
  },
);

test('an issuer with a path has its document below the path', async () => {
  const { url, requests } = await issuerWith(`/realms/a${OIDC}`, (base) => minimal(`${base}/realms/a`, ''));
  await discover({ issuer: `${url}/realms/a/` });
  expect(requests.map(({ path }) => path)).toEqual([`/realms/a${OIDC}`]);
});

test('an OAuth server without OpenID Connect is found at both places, even if its 404 has a body', async () => {
  const inserted = await issuerWith(`${OAUTH}/realms/a`, (base) => minimal(`${base}/realms/a`, ''));
  expect(await discover({ issuer: `${inserted.url}/realms/a` })).toMatchObject({ protocol: 'oauth' });
  const script: Record<string, Answer> = {
    [`/realms/a${OIDC}`]: { status: 404, json: { error: 'not found' } },
  };
  const appended = await scriptedIssuer(script);
  script[`/realms/a${OAUTH}`] = { json: minimal(`${appended.url}/realms/a`, '') };
  expect(await discover({ issuer: `${appended.url}/realms/a` })).toMatchObject({ protocol: 'oauth' });
  expect(appended.requests.map(({ path }) => path)).toEqual([
    `/realms/a${OIDC}`,
    `${OAUTH}/realms/a`,
    `/realms/a${OAUTH}`,
  ]);
});

test('a document elsewhere is used when its address is given', async () => {
  const { url, requests } = await issuerWith('/elsewhere.json', (base) => minimal(base, '/'));
  await discover({ issuer: url, configurationEndpoint: `${url}/elsewhere.json` });
  expect(requests).toHaveLength(1);
});

test('an issuer with another name in its document is untrusted', async () => {
  const { url } = await issuerWith(OIDC, (base) => minimal(base.replace('127.0.0.1', 'localhost'), '/'));
  await expect(discover({ issuer: url })).rejects.toMatchObject({
    kind: 'untrusted',
    message: 'Provider uses another issuer url than expected. Something is fishy.',
    hints: [expect.stringContaining('localhost'), expect.any(String)],
  });
});

test('an issuer is found by any spelling of a user: capitals, blanks, the address of its document', async () => {
  const { url, metadata } = await scriptedIssuer({
    [OIDC]: (_request, response) => response.end(JSON.stringify({ ...metadata, issuer: `${own}/` })),
  });
  const own = url.replace('127.0.0.1', 'localhost');
  const inCapitals = own.replace('http://localhost', ' HTTP://LOCALHOST');
  for (const issuer of [inCapitals, `${own}${OIDC}`]) {
    expect(await discover({ issuer })).toMatchObject({ issuer: `${own}/` });
  }
});

test('the error for a document of many issuers says so', async () => {
  const { url } = await issuerWith(`/common/v2.0${OIDC}`, (base) => minimal(`${base}/{tenantid}/v2.0`, ''));
  await expect(discover({ issuer: `${url}/common/v2.0` })).rejects.toMatchObject({
    hints: [expect.any(String), `this document is for many issuers; use yours: ${url}/TENANT/v2.0`],
  });
});

test('two trailing slashes do not count as one', async () => {
  const { url } = await issuerWith(OIDC, (base) => minimal(base, '//'));
  await expect(discover({ issuer: url })).rejects.toThrow(/fishy/);
});

test('a page of HTML is not a discovery document', async () => {
  const headers = { 'content-type': 'text/html' };
  const { url } = await scriptedIssuer({ [OIDC]: { text: '<!doctype html><h1>Welcome</h1>', headers } });
  await expect(discover({ issuer: url })).rejects.toMatchObject({
    kind: 'malformed',
    message: 'Provider answered with unexpected response, JSON expected',
  });
});

test('without any document a hint asks for the spelling', async () => {
  const { url } = await scriptedIssuer({});
  await expect(discover({ issuer: url })).rejects.toMatchObject({
    status: 404,
    hints: [expect.stringMatching(/spelling/)],
  });
});

test('an unavailable issuer is not mistaken for one without a document', async () => {
  const { url, requests } = await scriptedIssuer({ [OIDC]: { status: 503 } });
  await expect(discover({ issuer: url })).rejects.toMatchObject({ kind: 'unavailable' });
  expect(requests).toHaveLength(1);
});

test.each([
  [{ token_endpoint: 'http://elsewhere.example/token' }, 'token_endpoint'],
  [{ token_endpoint: undefined }, 'token_endpoint'],
  [{ device_authorization_endpoint: 'javascript:alert(1)' }, 'device_authorization_endpoint'],
  [{ registration_endpoint: 'https://user:password@issuer.example' }, 'registration_endpoint'],
  [{ scopes_supported: 'openid' }, 'scopes_supported'],
])('a document with %j is refused and the member named', async (change, member) => {
  const { url } = await issuerWith(OIDC, (base) => ({ ...minimal(base, '/'), ...change }));
  await expect(discover({ issuer: url })).rejects.toThrow(`'${member}' is missing or malformed`);
});

test('members that are null count as missing', async () => {
  const { url } = await issuerWith(OIDC, (base) => ({ ...minimal(base, '/'), registration_endpoint: null }));
  expect(await discover({ issuer: url })).not.toHaveProperty('registration_endpoint');
});

test.each(['wlcg', 'http://issuer.example/', 'https://issuer.example/?a=b', 'https://issuer.example/#f', ''])(
  "'%s' is no issuer",
  async (issuer) => {
    await expect(discover({ issuer })).rejects.toThrow(`'${issuer}' cannot be the address of the issuer: `);
  },
);

test('a configuration endpoint that is no address is refused with its name', async () => {
  const request = { issuer: 'https://issuer.example/', configurationEndpoint: 'issuer.example/config' };
  await expect(discover(request)).rejects.toMatchObject({
    message:
      "'issuer.example/config' cannot be the address of the configuration endpoint: it does not begin with https://",
    hints: ['did you mean https://issuer.example/config?'],
  });
});

test('a local document that is not there is named, and how to write its address', async () => {
  const issuer = 'https://issuer.example/';
  await expect(discover({ issuer, configurationEndpoint: 'file:///nowhere' })).rejects.toThrow(
    'cannot read the discovery document file:///nowhere: no such file or directory (ENOENT)',
  );
  await expect(discover({ issuer, configurationEndpoint: 'file://nowhere' })).rejects.toMatchObject({
    hints: [expect.stringContaining('three slashes')],
  });
});
