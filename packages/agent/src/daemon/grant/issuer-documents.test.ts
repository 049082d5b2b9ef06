import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { VirtualClock } from '../../../test/virtual-clock.ts';
import { IssuerDocuments } from './issuer-documents.ts';

const discovery = '/.well-known/openid-configuration';
const keySet = (kid: string): Answer => ({ json: { keys: [{ kty: 'EC', kid }] } });

async function documentsOf(answers: Partial<Record<'discovery' | 'keys', Answer[]>> = {}) {
  const issuer = await scriptedIssuer({
    [discovery]: answers.discovery ?? ((_request, response) => response.end(JSON.stringify(issuer.metadata))),
    '/jwk': answers.keys ?? keySet('one'),
  });
  const clock = new VirtualClock();
  const documents = new IssuerDocuments(clock);
  const fetched = (path: string) => issuer.requests.filter((request) => request.path === path).length;
  const metadata = () => documents.metadata({ issuer_url: issuer.url });
  const keys = async (newer = false) =>
    (await documents.keys(issuer.metadata, undefined, { newer })).keys.map(({ kid }) => kid);
  return { issuer, clock, fetched, metadata, keys };
}

/** Waits until something that happens beside has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}

test('however many ask, a document is fetched once', async () => {
  const { metadata, keys, fetched } = await documentsOf();
  await Promise.all(Array.from({ length: 20 }, () => Promise.all([metadata(), keys()])));
  expect([fetched(discovery), fetched('/jwk')]).toEqual([1, 1]);
});

test('a failure is not remembered', async () => {
  const { keys, fetched } = await documentsOf({ keys: [{ status: 500 }, keySet('one')] });
  await expect(keys()).rejects.toThrow();
  expect(await keys()).toEqual(['one']);
  expect(fetched('/jwk')).toBe(2);
});

test('the plain http of one account is for its host only, and for no other account', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const documents = new IssuerDocuments(new VirtualClock());
  const account = (token_endpoint: string) => {
    const file = join(folder, `${new URL(token_endpoint).hostname}.json`);
    const issuer_url = 'http://iam:8080/';
    writeFileSync(file, JSON.stringify({ issuer: issuer_url, token_endpoint }));
    return { issuer_url, config_endpoint: pathToFileURL(file).href };
  };
  const own = account('http://iam:8080/token');
  const permitted = { ...own, insecure_http: 'iam' };
  await expect(documents.metadata(permitted)).resolves.toMatchObject({ insecureHttp: 'iam' });
  await expect(documents.metadata(own)).rejects.toThrow('only https is secure');
  await expect(documents.metadata({ ...own, insecure_http: 'other' })).rejects.toThrow(
    'only https is secure',
  );
  const elsewhere = { ...account('http://other:8080/token'), insecure_http: 'iam' };
  await expect(documents.metadata(elsewhere)).rejects.toThrow('token_endpoint');
  const publicName = { ...own, issuer_url: 'http://iam.example/', insecure_http: 'iam.example' };
  await expect(documents.metadata(publicName)).rejects.toThrow('only https is secure');
});

describe('after an hour', () => {
  test('no caller waits: callers get the old document until the new one is there', async () => {
    const { keys, clock, fetched } = await documentsOf({ keys: [keySet('one'), keySet('two')] });
    await keys();
    await clock.pass(3601);
    expect(await keys()).toEqual(['one']);
    await until(() => fetched('/jwk') === 2);
    await expect.poll(() => keys()).toEqual(['two']);
    expect(fetched('/jwk')).toBe(2);
  });

  test('an issuer in trouble is left alone for a minute, and the old document serves', async () => {
    const { keys, clock, fetched } = await documentsOf({ keys: [keySet('one'), { status: 503 }] });
    await keys();
    await clock.pass(3601);
    for (let times = 0; times < 5; times += 1) expect(await keys()).toEqual(['one']);
    await until(() => fetched('/jwk') === 2);
    await clock.pass(61);
    expect(await keys()).toEqual(['one']);
    await until(() => fetched('/jwk') === 3);
  });
});

describe('something signed with an unknown key', () => {
  test('has the keys fetched anew', async () => {
    const { keys, clock } = await documentsOf({ keys: [keySet('one'), keySet('two')] });
    await keys();
    await clock.pass(61);
    expect(await keys(true)).toEqual(['two']);
  });

  test('again and again does not: it may be anybody’s', async () => {
    const { keys, clock, fetched } = await documentsOf();
    await keys();
    for (let times = 0; times < 10; times += 1) await keys(true);
    await clock.pass(61);
    for (let times = 0; times < 10; times += 1) await keys(true);
    expect(fetched('/jwk')).toBe(2);
  });
});
