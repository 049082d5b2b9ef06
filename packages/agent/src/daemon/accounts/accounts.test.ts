import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { accountFolder, addRequest, forEver, wlcg } from '../../../test/account-folder.ts';
import { deferred } from '../../../test/deferred.ts';
import { scriptedIssuer } from '../../../test/scripted-issuer.ts';
import { readAccountFile } from '../../accounts/account-file.ts';
import type { FileKey } from '../../accounts/format/crypt.ts';
import { passwordSource } from '../../accounts/passwords/passwords.ts';
import { Accounts } from './accounts.ts';
import { fileAccess } from './file-access.ts';

const folder = accountFolder();

describe('an account whose new refresh token is not on disk', () => {
  /** Where the file of the account should be there is a folder, until it is taken away. */
  async function unsaved(accounts: Accounts) {
    const { metadata } = await scriptedIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response.end(JSON.stringify(metadata));
      },
      '/token': { json: { access_token: 'at', refresh_token: 'second' } },
    });
    const account = { ...wlcg, issuer_url: metadata.issuer };
    mkdirSync(folder.path('wlcg'));
    const { grant } = (await accounts.add(account, addRequest(account), forEver)).loaded;
    await grant.token({}, 0);
    const saveable = () => {
      rmSync(folder.path('wlcg'), { recursive: true });
      folder.plainFile(account);
    };
    return { saveable };
  }

  test('is not forgotten before it is saved, as only the agent has it', async () => {
    const accounts = new Accounts();
    const { saveable } = await unsaved(accounts);
    const refusal = { message: expect.stringContaining("refresh token of 'wlcg' is not on disk yet") };
    await expect(accounts.forget('wlcg')).rejects.toMatchObject(refusal);
    await accounts.add({ ...wlcg, name: 'other' }, addRequest(wlcg), forEver);
    await expect(accounts.forgetAll()).rejects.toMatchObject(refusal);
    expect(accounts.names).toEqual(['wlcg']);
    saveable();
    expect(await accounts.forget('wlcg')).toBe(true);
    expect(accounts.names).toEqual([]);
  });

  test('is not replaced by its spent one when a program loads the account while another unloads it', async () => {
    const [asked, answered] = [deferred(), deferred()];
    const { metadata } = await scriptedIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response.end(JSON.stringify(metadata));
      },
      '/token': (_request, response) => {
        asked.resolve();
        void answered.promise.then(() => {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ access_token: 'at', token_type: 'bearer', refresh_token: 'second' }));
        });
      },
    });
    const account = { ...wlcg, issuer_url: metadata.issuer };
    folder.plainFile(account);
    const accounts = new Accounts();
    const { loaded } = await accounts.add(account, addRequest(account), forEver);
    const token = loaded.grant.token({}, 0);
    await asked.promise;
    rmSync(folder.path('wlcg'));
    mkdirSync(folder.path('wlcg'));
    const forgotten = accounts.forget('wlcg');
    await vi.waitFor(() => expect(accounts.names).toEqual([]));
    const again = accounts.add(account, addRequest(account), forEver);
    answered.resolve();
    await expect(forgotten).rejects.toThrow("refresh token of 'wlcg' is not on disk yet");
    expect((await again).loaded.grant.account.refresh_token?.reveal()).toBe('second');
    await token;
    rmSync(folder.path('wlcg'), { recursive: true });
    folder.plainFile(account);
    await accounts.removeAll();
  });

  test('is saved by itself after the agent was locked and unlocked', async () => {
    const accounts = new Accounts();
    const { saveable } = await unsaved(accounts);
    const held = await accounts.serialize();
    saveable();
    accounts.restore(held);
    const onDisk = () => readFileSync(folder.path('wlcg'), 'utf8');
    await vi.waitFor(() => expect(onDisk()).toContain('second'), { timeout: 60_000 });
  });

  test('stays when its lifetime is over, for a while', async () => {
    const accounts = new Accounts();
    await unsaved(accounts);
    const loaded = accounts.get('wlcg');
    loaded?.setLifetime(0.01);
    await vi.waitFor(() => expect(loaded?.ends?.wall).toBeGreaterThan(Date.now() / 1000 + 30), {
      timeout: 60_000,
    });
    expect(accounts.names).toEqual(['wlcg']);
    await accounts.removeAll();
  });
});

describe('unloading', () => {
  test('forgets the account', async () => {
    const accounts = new Accounts();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await accounts.remove('wlcg')).toBe(true);
    expect(accounts.names).toEqual([]);
    expect(await accounts.remove('wlcg')).toBe(false);
  });

  test('happens by itself when the lifetime is over, and only to the account that it was for', async () => {
    vi.useFakeTimers();
    try {
      const accounts = new Accounts();
      await accounts.add(wlcg, addRequest(wlcg), { ...forEver, lifetime: 60 });
      // Loaded anew, for ever.
      await accounts.remove('wlcg');
      await accounts.add(wlcg, addRequest(wlcg), forEver);
      const other = { ...wlcg, name: 'other' };
      await accounts.add(other, addRequest(other), { ...forEver, lifetime: 60 });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(accounts.names).toEqual(['wlcg']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('waits for the new refresh token of a refresh under way', async () => {
    await folder.sealedFile(wlcg);
    const asked = deferred<() => void>();
    const scripted = await scriptedIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response.end(JSON.stringify(scripted.metadata));
      },
      '/token': (_request, response) => {
        asked.resolve(() => response.end(JSON.stringify({ access_token: 'at', refresh_token: 'second' })));
      },
    });
    const account = { ...wlcg, issuer_url: scripted.metadata.issuer };
    await folder.sealedFile(account);
    const accounts = new Accounts();
    const { grant } = (
      await accounts.add(account, addRequest(account, { file_key: encoded(folder.key) }), forEver)
    ).loaded;
    const token = grant.token({}, 0);
    const answer = await asked.promise;
    const removed = accounts.remove('wlcg');
    expect(accounts.names).toEqual([]);
    answer();
    await removed;
    expect(await refreshTokenOnDisk()).toBe('second');
    await token;
  });
});

describe('the accounts of a locked agent', () => {
  test('comes back as it was, without a word of it in the open while it was away', async () => {
    const accounts = new Accounts();
    const pw_entry = { type: 1, password: 'secret', expires_at: 0, expires_after: 60 };
    const request = addRequest(wlcg, { file_key: encoded(folder.key), pw_entry });
    const expiresAt = fileAccess(request).password?.expiresAt ?? 0;
    expect(Math.abs(expiresAt - Date.now() - 60_000)).toBeLessThan(2000);
    const { loaded } = await accounts.add(wlcg, request, {
      lifetime: 3600,
      alwaysAllowIdToken: true,
      confirm: true,
    });
    const text = await accounts.serialize();
    expect(accounts.names).toEqual([]);
    accounts.restore(text);
    const back = accounts.get('wlcg');
    expect(back).not.toBe(loaded);
    expect(back).toMatchObject({ alwaysAllowIdToken: true, confirm: true, loadedAt: loaded.loadedAt });
    expect(Math.abs((back?.ends?.wall ?? 0) - (loaded.ends?.wall ?? 0))).toBeLessThan(2);
    expect(back?.grant.account.refresh_token?.reveal()).toBe('first');
    expect(
      Math.abs((accounts.withFile('wlcg')?.accountFile.access.password?.expiresAt ?? 0) - expiresAt),
    ).toBeLessThan(2000);
  });

  test('gives the same tokens as before, and saves new refresh tokens as before', async () => {
    let used = 0;
    const scripted = await scriptedIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response.end(JSON.stringify(scripted.metadata));
      },
      '/token': (_request, response) => {
        used += 1;
        const answer = { access_token: `at ${used}`, expires_in: 3600, refresh_token: `rt ${used}` };
        response.end(JSON.stringify(answer));
      },
    });
    const account = { ...wlcg, issuer_url: scripted.metadata.issuer };
    await folder.sealedFile(account);
    const accounts = new Accounts();
    await accounts.add(account, addRequest(account, { file_key: encoded(folder.key) }), forEver);
    const token = async (minValid = 0) =>
      (await accounts.get('wlcg')?.grant.token({}, minValid))?.accessToken.reveal();
    expect(await token()).toBe('at 1');
    accounts.restore(await accounts.serialize());
    expect(await token()).toBe('at 1');
    expect(await token(-1)).toBe('at 2');
    expect(await refreshTokenOnDisk()).toBe('rt 2');
  });

  test.each([
    ['', () => vi.advanceTimersByTime(61_000)],
    [', while the computer slept', () => vi.setSystemTime(Date.now() + 61_000)],
    [
      ', whatever was done to the clock',
      () => {
        vi.setSystemTime(Date.now() - 3_600_000);
        vi.advanceTimersByTime(61_000);
      },
    ],
  ])('is gone when its lifetime was over meanwhile%s', async (_name, pass) => {
    vi.useFakeTimers({ toFake: ['Date', 'hrtime'] });
    try {
      const accounts = new Accounts();
      await accounts.add(wlcg, addRequest(wlcg), { ...forEver, lifetime: 60 });
      const text = await accounts.serialize();
      pass();
      accounts.restore(text);
      expect(accounts.names).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a new refresh token is saved', () => {
  /** Loads the account as a client does that can say this about its file, and gets a token at an issuer that rotates. */
  async function refreshed(source: object) {
    const scripted = await scriptedIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response.end(JSON.stringify(scripted.metadata));
      },
      '/token': { json: { access_token: 'at', refresh_token: 'second' } },
    });
    const account = { ...wlcg, issuer_url: scripted.metadata.issuer };
    await folder.sealedFile(account);
    const before = readFileSync(folder.path('wlcg'), 'utf8');
    const { grant } = (await new Accounts().add(account, addRequest(account, source), forEver)).loaded;
    await grant.token({}, 0);
    return { grant, before };
  }

  test.each([
    ['with the key of the file', () => ({ file_key: encoded(folder.key) })],
    ['with the password that the C programs send', () => ({ pw_entry: { type: 1, password: 'secret' } })],
    ['with the password of a command', () => ({ pw_entry: { type: 4, command: 'echo secret' } })],
    [
      'with the password of a file',
      () => {
        mkdirSync(folder.path('pw'));
        writeFileSync(folder.path('pw', 'word'), 'secret\n');
        return { pw_entry: { type: 16, pw_file: folder.path('pw', 'word') } };
      },
    ],
  ])('%s', async (_name, source) => {
    const { grant } = await refreshed(source());
    expect(grant.saveFailure).toBeUndefined();
    expect(await refreshTokenOnDisk()).toBe('second');
  });

  test.each([
    ['no password', { pw_entry: { type: 8 } }],
    ['a password whose time is over', { pw_entry: { type: 1, password: 'secret', expires_at: 1 } }],
    ['nothing at all', {}],
  ])('with %s it is not: the file stays as it was, and it is said what to do', async (_name, source) => {
    const { grant, before } = await refreshed(source);
    expect(grant.saveFailure).toMatchObject({
      message: expect.stringMatching(/password/),
      hints: ['give the agent its password: oidc-add --force wlcg'],
    });
    expect(readFileSync(folder.path('wlcg'), 'utf8')).toBe(before);
    await grant.offer({ key: folder.key });
    expect(grant.saveFailure).toBeUndefined();
    expect(await refreshTokenOnDisk()).toBe('second');
  });
});

const encoded = ({ salt, bytes }: FileKey) => ({
  salt: Buffer.from(salt).toString('base64'),
  key: Buffer.from(bytes).toString('base64'),
});

async function refreshTokenOnDisk(): Promise<string | undefined> {
  const passwords = passwordSource({ account: 'wlcg', variable: 'P', env: { P: 'secret' } });
  return (await readAccountFile(folder.path('wlcg'), passwords)).account.refresh_token?.reveal();
}
