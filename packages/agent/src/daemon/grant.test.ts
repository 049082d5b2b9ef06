import { describe, expect, test } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { type Answer, scriptedIssuer } from '../oauth/scripted-issuer.ts';
import { Secret } from '../secret.ts';
import type { Account } from '../vault/account.ts';
import { Grant } from './grant.ts';
import { MetadataCache } from './metadata.ts';

const tokens = (access_token: string, others: object = {}): Answer => ({
  json: { access_token, token_type: 'Bearer', expires_in: 3600, ...others },
});

/** A grant at an issuer whose token endpoint answers as scripted, and all that the issuer and the disk saw of it. */
async function grantAt(
  answers: Answer | Answer[],
  { account = {}, save }: { account?: Partial<Account>; save?: (account: Account) => Promise<void> } = {},
) {
  const issuer = await scriptedIssuer({
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify(issuer.metadata));
    },
    '/token': answers,
  });
  const saved: (string | undefined)[] = [];
  const grant = new Grant(
    {
      name: 'wlcg',
      issuer_url: issuer.metadata.issuer,
      client_id: 'c',
      auth_scope: 'openid offline_access storage.read:/',
      refresh_token: new Secret('first'),
      ...account,
    },
    {
      metadata: new MetadataCache(),
      legacyAudMode: async () => undefined,
      save: async (changed) => {
        await save?.(changed);
        saved.push(changed.refresh_token?.reveal());
      },
    },
  );
  const forms = () => issuer.requests.filter(({ path }) => path === '/token').map(({ form }) => form);
  const get = async (wish = {}, minValid = 0) => (await grant.token(wish, minValid)).accessToken.reveal();
  return { grant, get, forms, saved };
}

describe('asking for a token', () => {
  test('however many ask for the same at once, the issuer is asked once', async () => {
    const { get, forms } = await grantAt([tokens('one'), tokens('two')]);
    const wishes = ['a b', 'b a', ' a  b '].map((scope) => ({ scope }));
    const all = Array.from({ length: 30 }, (_, index) => get(wishes[index % wishes.length]));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['one']));
    expect(forms()).toHaveLength(1);
  });

  test('the same again comes from memory, other scopes and audiences from the issuer', async () => {
    const { get, forms } = await grantAt([tokens('all'), tokens('narrow'), tokens('for x')]);
    expect([await get(), await get()]).toEqual(['all', 'all']);
    const narrow = { scope: 'storage.read:/' };
    expect([await get(narrow), await get(narrow)]).toEqual(['narrow', 'narrow']);
    expect([await get({ audience: 'x' }), await get({ audience: 'x' })]).toEqual(['for x', 'for x']);
    expect(forms()).toMatchObject([
      { scope: 'openid storage.read:/' },
      { scope: 'storage.read:/' },
      { resource: 'x' },
    ]);
  });

  test('one that is not valid long enough is not given', async () => {
    const { get } = await grantAt([tokens('short', { expires_in: 50 }), tokens('long')]);
    expect(await get()).toBe('short');
    expect(await get({}, 40)).toBe('short');
    expect(await get({}, 60)).toBe('long');
  });

  test('-1 asks for a new one in any case', async () => {
    const { get } = await grantAt([tokens('one'), tokens('two')]);
    expect(await get()).toBe('one');
    expect(await get({}, -1)).toBe('two');
    expect(await get()).toBe('two');
  });

  test('a failure is not remembered', async () => {
    const { get } = await grantAt([{ status: 503 }, tokens('at last')]);
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await get()).toBe('at last');
  });

  test('scopes that the issuer left out are named to whoever asked for them', async () => {
    const { grant } = await grantAt(tokens('t', { scope: 'openid' }));
    const asked = await grant.token({ scope: 'openid storage.write:/' }, 0);
    expect(asked.narrowed).toEqual(['storage.write:/']);
    expect((await grant.token({}, 0)).narrowed).toEqual([]);
  });
});

describe('a refresh token that is replaced at each use', () => {
  test('is used one request after another, each with the newest', async () => {
    const rotating = Array.from({ length: 5 }, (_, index) =>
      tokens(`at ${index}`, { refresh_token: `rt ${index}` }),
    );
    const { get, forms, saved } = await grantAt(rotating);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((scope) => get({ scope })));
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual([
      'first',
      'rt 0',
      'rt 1',
      'rt 2',
      'rt 3',
    ]);
    expect(saved).toEqual(['rt 0', 'rt 1', 'rt 2', 'rt 3', 'rt 4']);
  });

  test('is on disk before anybody gets the access token', async () => {
    const disk = deferred();
    const saving = deferred<string | undefined>();
    const { get } = await grantAt(tokens('at', { refresh_token: 'second' }), {
      save: (account) => {
        saving.resolve(account.refresh_token?.reveal());
        return disk.promise;
      },
    });
    let delivered = false;
    const token = get().finally(() => {
      delivered = true;
    });
    expect(await saving.promise).toBe('second');
    await new Promise((resolve) => setImmediate(resolve));
    expect(delivered).toBe(false);
    disk.resolve();
    expect(await token).toBe('at');
  });

  test('that cannot be saved: the token is given, the failure is told, each request tries again', async () => {
    let full = true;
    const { grant, get, forms, saved } = await grantAt(tokens('at', { refresh_token: 'second' }), {
      save: async () => {
        if (full) throw new Error('no space left on device');
      },
    });
    expect(await get()).toBe('at');
    expect(grant.saveFailure).toBe('no space left on device');
    expect(await get()).toBe('at');
    expect(saved).toEqual([]);
    full = false;
    expect(await get()).toBe('at');
    expect(grant.saveFailure).toBeUndefined();
    expect(saved).toEqual(['second']);
    expect(forms()).toHaveLength(1);
  });

  test('that cannot be saved is tried again when the agent ends', async () => {
    let full = true;
    const { grant, get, saved } = await grantAt(tokens('at', { refresh_token: 'second' }), {
      save: async () => {
        if (full) throw new Error('no space left on device');
      },
    });
    await get();
    full = false;
    await grant.settled();
    expect(saved).toEqual(['second']);
  });

  test('is not saved when the issuer gives the same one', async () => {
    const { get, saved } = await grantAt(tokens('at', { refresh_token: 'first' }));
    await get();
    expect(saved).toEqual([]);
  });
});

describe('a refusal comes with the next command', () => {
  const refusal = (status: number, error: string): Answer => ({ status, json: { error } });

  test.each([
    ['a dead refresh token', refusal(400, 'invalid_grant'), /oidc-gen --reauthenticate -w device wlcg/],
    [
      'a dead refresh token at IAM',
      refusal(401, 'invalid_token'),
      /oidc-gen --reauthenticate -w device wlcg/,
    ],
    ['a client that is gone', refusal(401, 'invalid_client'), /oidc-gen -w device wlcg/],
    ['a scope that was not granted', refusal(400, 'invalid_scope'), /oidc-gen -p wlcg/],
  ])('%s', async (_name, answer, hint) => {
    const { get } = await grantAt(answer);
    await expect(get()).rejects.toMatchObject({ hints: [expect.stringMatching(hint)] });
  });

  test('an account without a refresh token asks nobody', async () => {
    const { get, forms } = await grantAt(tokens('at'), { account: { refresh_token: undefined } });
    await expect(get()).rejects.toMatchObject({
      message: 'No or malformed refresh token',
      hints: [expect.stringContaining('oidc-gen --reauthenticate -w device wlcg')],
    });
    expect(forms()).toEqual([]);
  });
});
