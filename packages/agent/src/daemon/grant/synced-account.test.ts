import { describe, expect, test } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { grantAt, tokens } from '../../../test/grant-at.ts';
import type { Answer } from '../../../test/scripted-issuer.ts';
import { FileError } from '../../files/errors.ts';
import { Secret } from '../../secret.ts';

describe('a refresh token that is replaced at each use', () => {
  test('is used one request after another, each with the newest', async () => {
    const rotating = Array.from({ length: 5 }, (_, index) =>
      tokens(`at ${index}`, { refresh_token: `rt ${index}` }),
    );
    const { get, forms, file } = await grantAt(rotating);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((scope) => get({ scope })));
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual([
      'first',
      'rt 0',
      'rt 1',
      'rt 2',
      'rt 3',
    ]);
    expect(file.written).toEqual(['rt 0', 'rt 1', 'rt 2', 'rt 3', 'rt 4']);
    expect(file.locked).toBe(false);
  });

  test('is on disk before anybody gets the access token', async () => {
    const disk = deferred();
    const saving = deferred<string | undefined>();
    const { get, file } = await grantAt(tokens('at', { refresh_token: 'second' }));
    file.writing = (account) => {
      saving.resolve(account.refresh_token?.reveal());
      return disk.promise;
    };
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

  test('is read before it is used: another program may have a newer one', async () => {
    const { get, forms, file, initial } = await grantAt([tokens('one'), tokens('two')]);
    await get();
    file.changed = { ...initial, refresh_token: new Secret('newer') };
    await get({}, -1);
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'newer']);
  });

  test('is not saved when the issuer gives the same one', async () => {
    const { get, file } = await grantAt(tokens('at', { refresh_token: 'first' }));
    await get();
    expect(file.written).toEqual([]);
  });
});

describe('an answer without a usable access token', () => {
  const useless = (refresh_token: string): Answer => ({ json: { token_type: 'Bearer', refresh_token } });

  test('is of use for its refresh token, which is saved and used from then on', async () => {
    const { get, forms, file } = await grantAt([useless('second'), tokens('at last')]);
    await expect(get()).rejects.toMatchObject({
      message: expect.stringContaining('access_token'),
      hints: [],
    });
    expect(file.written).toEqual(['second']);
    expect(await get()).toBe('at last');
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'second']);
  });

  test('says nothing about a refresh token that stays the same', async () => {
    const { get, file } = await grantAt(useless('first'));
    await expect(get()).rejects.toThrow('access_token');
    expect(file.written).toEqual([]);
  });
});

describe('an account whose file cannot be written', () => {
  test('is left as it is where the issuer replaces refresh tokens: the agent could not save the new one', async () => {
    const { get, forms, file } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    await get();
    file.savable = false;
    await expect(get({}, -1)).rejects.toThrow("the file of the account 'wlcg' cannot be written");
    expect(await get()).toBe('one');
    expect(forms()).toHaveLength(1);
    file.savable = true;
    expect(await get({}, -1)).toBe('two');
  });

  test('gives tokens where the issuer keeps the refresh token', async () => {
    const { get, file } = await grantAt([tokens('one'), tokens('two')]);
    file.savable = false;
    expect([await get(), await get({}, -1)]).toEqual(['one', 'two']);
  });

  test('gives tokens for a refresh token that only the agent has: nothing can be lost any more', async () => {
    const { get, file } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    file.savable = false;
    file.writing = () => Promise.reject(new Error('read-only file system'));
    expect([await get(), await get({}, -1)]).toEqual(['one', 'two']);
  });
});

describe('an account whose file another program has written, and that cannot be read any more', () => {
  const changed = new FileError('changed', 'another program has written it', { hints: ['the password'] });

  test.each([
    ['of which nothing is known', []],
    ['that replaces refresh tokens', [tokens('one', { refresh_token: 'second', expires_in: 1 })]],
  ])('is not used at an issuer %s: the refresh token may be spent', async (_name, before) => {
    const { get, forms, file, initial } = await grantAt([...before, tokens('at last')]);
    for (const _answer of before) await get();
    file.changed = changed;
    await expect(get({}, -1)).rejects.toMatchObject({
      message: 'another program has written it',
      hints: [expect.stringContaining('could end the login'), 'the password'],
    });
    expect(forms()).toHaveLength(before.length);
    file.changed = { ...initial, refresh_token: new Secret('newer') };
    expect(await get({}, -1)).toBe('at last');
    expect(forms().at(-1)?.refresh_token).toBe('newer');
  });

  test('is used at an issuer that keeps the refresh token', async () => {
    const { get, file } = await grantAt([tokens('one'), tokens('two')]);
    await get();
    file.changed = changed;
    expect(await get({}, -1)).toBe('two');
  });

  test('is used with a refresh token that the agent alone has', async () => {
    const { get, file, forms } = await grantAt([tokens('one', { refresh_token: 'second' }), tokens('two')]);
    file.writing = () => Promise.reject(new Error('no space left on device'));
    await get();
    file.changed = changed;
    expect(await get({}, -1)).toBe('two');
    expect(forms().at(-1)?.refresh_token).toBe('second');
  });
});

describe('a refresh token that cannot be saved', () => {
  async function unsaved() {
    const all = await grantAt([
      tokens('at', { refresh_token: 'second' }),
      tokens('at', { refresh_token: 'third' }),
    ]);
    const disk = { full: true };
    all.file.writing = async () => {
      if (disk.full) throw new Error('no space left on device');
    };
    expect(await all.get()).toBe('at');
    return { ...all, disk };
  }

  test('is reported, kept from other programs, and saved with the next request', async () => {
    const { grant, get, file, disk, forms } = await unsaved();
    expect(grant.saveFailure?.message).toBe('no space left on device');
    expect(file.locked).toBe(true);
    expect(await get()).toBe('at');
    expect(file.written).toEqual([]);
    disk.full = false;
    expect(await get()).toBe('at');
    expect(grant.saveFailure).toBeUndefined();
    expect(file.written).toEqual(['second']);
    expect(file.locked).toBe(false);
    expect(forms()).toHaveLength(1);
  });

  test('holds up no token that is ready when the disk hangs', async () => {
    const { get, file, clock } = await unsaved();
    file.writing = () => new Promise(() => undefined);
    const token = get();
    await clock.pass(1);
    expect(await token).toBe('at');
  });

  test('is saved after a while without any request', async () => {
    const { file, disk, clock } = await unsaved();
    await clock.pass(60);
    disk.full = false;
    await clock.pass(60);
    expect(file.written).toEqual(['second']);
    expect(file.locked).toBe(false);
  });

  test('is saved when the agent ends', async () => {
    const { grant, file, disk } = await unsaved();
    disk.full = false;
    await grant.close();
    expect(file.written).toEqual(['second']);
  });

  test('is used all the same, and its successor is saved', async () => {
    const { get, file, disk, forms } = await unsaved();
    await get({}, -1);
    disk.full = false;
    await get();
    expect(forms().map(({ refresh_token }) => refresh_token)).toEqual(['first', 'second']);
    expect(file.written).toEqual(['third']);
  });

  test('leaves the lock when the agent ends', async () => {
    const { grant, file } = await unsaved();
    await grant.close();
    expect(file.locked).toBe(false);
  });
});
