import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRequest, type RequestOf } from '@jeton/protocol';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/deferred.ts';
import { type Account, accountToJson } from '../../accounts/account.ts';
import { readAccountFile, writeAccountFile } from '../../accounts/account-file.ts';
import { FileKey } from '../../accounts/format/crypt.ts';
import { passwordSource } from '../../accounts/passwords/passwords.ts';
import { scriptedIssuer } from '../../oauth/http/scripted-issuer.ts';
import { Secret } from '../../secret.ts';
import { ownerDoor } from '../socket/door.ts';
import { Accounts } from './accounts.ts';
import { fileAccess } from './file-access.ts';

const issuer = 'https://iam.example/';
const wlcg: Account = {
  name: 'wlcg',
  issuer_url: issuer,
  client_id: 'c',
  refresh_token: new Secret('first'),
};
const forEver = { lifetime: 0, alwaysAllowIdToken: false, confirm: false };

let folder: string;
let key: FileKey;

beforeAll(async () => {
  key = await FileKey.derive(new Secret('secret'));
});

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'accounts ü '));
  folder = join(parent, 'agent');
  mkdirSync(folder);
  vi.stubEnv('OIDC_CONFIG_DIR', folder);
  return () => {
    vi.unstubAllEnvs();
    rmSync(parent, { recursive: true });
  };
});

/** A program without a terminal that goes on waiting. */
const somebody = { client: { gone: new AbortController().signal, door: ownerDoor }, hasTerminal: false };

const agent = (autoload = true) => new Accounts({ autoload, ...forEver });
const plainFile = (account: Account) =>
  writeFileSync(join(folder, account.name), JSON.stringify(accountToJson(account)));
const sealedFile = (account: Account) => writeAccountFile(join(folder, account.name), account, key);
const addRequest = (account: Account, members: object = {}): RequestOf<'add'> => {
  const request = parseRequest(
    JSON.stringify({ request: 'add', config: accountToJson(account), ...members }),
  );
  if (request.request !== 'add') throw new Error('not an add');
  return request;
};

describe('an account that is asked for by its name', () => {
  test('is the one that was loaded', async () => {
    const accounts = agent();
    const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await accounts.byName('wlcg', somebody)).toBe(loaded);
  });

  test('is loaded from a file that needs no password', async () => {
    plainFile(wlcg);
    const accounts = agent();
    expect((await accounts.byName('wlcg', somebody)).grant.account.client_id).toBe('c');
    expect(accounts.names).toEqual(['wlcg']);
  });

  test('by many at once is loaded once: two grants with one refresh token would spoil each other', async () => {
    plainFile(wlcg);
    const accounts = agent();
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => accounts.byName('wlcg', somebody)),
    );
    for (const other of others) expect(other).toBe(first);
  });

  test('does not take the place of one that a person loaded in the meantime', async () => {
    plainFile(wlcg);
    const accounts = agent();
    const asked = accounts.byName('wlcg', somebody);
    const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await asked).toBe(loaded);
  });

  test('is not loaded by asking when the agent was told so', async () => {
    plainFile(wlcg);
    await expect(agent(false).byName('wlcg', somebody)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['load it: oidc-add wlcg'],
    });
  });

  test('has to be loaded by a person when it needs a password', async () => {
    await sealedFile(wlcg);
    await expect(agent().byName('wlcg', somebody)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['load it: oidc-add wlcg'],
    });
  });

  test('and needs a password is loaded with the one of the configured command', async () => {
    await sealedFile(wlcg);
    const pwCmd = 'test "$OIDC_ACCOUNT" = wlcg && echo secret';
    const accounts = new Accounts({ ...forEver, autoload: true, pwCmd });
    expect((await accounts.byName('wlcg', somebody)).grant.account.client_id).toBe('c');
  });

  describe('and needs a password that a person can give', () => {
    const asking = (...passwords: (string | undefined)[]) => {
      const asked: string[] = [];
      const askPassword = async (account: string) => {
        asked.push(account);
        const password = passwords.shift();
        return password === undefined ? undefined : new Secret(password);
      };
      return { asked, accounts: new Accounts({ ...forEver, autoload: true, askPassword }) };
    };

    test('is loaded with it, at the latest at the third try', async () => {
      await sealedFile(wlcg);
      const { asked, accounts } = asking('wrong', 'false', 'secret');
      expect((await accounts.byName('wlcg', somebody)).grant.account.client_id).toBe('c');
      expect(asked).toEqual(['wlcg', 'wlcg', 'wlcg']);
    });

    test('is asked for once, however many programs wait', async () => {
      await sealedFile(wlcg);
      const { asked, accounts } = asking('secret');
      await Promise.all(Array.from({ length: 5 }, () => accounts.byName('wlcg', somebody)));
      expect(asked).toEqual(['wlcg']);
    });

    test('is not loaded when the accounts were taken away before the answer', async () => {
      await sealedFile(wlcg);
      const answer = deferred<Secret>();
      const accounts = new Accounts({ ...forEver, autoload: true, askPassword: () => answer.promise });
      const asked = accounts.byName('wlcg', somebody);
      await accounts.serialize();
      answer.resolve(new Secret('secret'));
      await expect(asked).rejects.toMatchObject({ message: 'Agent locked' });
      expect(accounts.names).toEqual([]);
    });

    test('is not loaded when nobody answers', async () => {
      await sealedFile(wlcg);
      const { accounts } = asking(undefined);
      await expect(accounts.byName('wlcg', somebody)).rejects.toMatchObject({
        message: 'account not loaded',
      });
    });

    test('is left to the program that asks when that has a terminal', async () => {
      await sealedFile(wlcg);
      const { asked, accounts } = asking('secret');
      const requester = { ...somebody, hasTerminal: true };
      await expect(accounts.byName('wlcg', requester)).rejects.toMatchObject({
        message: 'account not loaded',
      });
      expect(asked).toEqual([]);
    });
  });

  test('and cannot be read says why', async () => {
    writeFileSync(join(folder, 'wlcg'), '123\nhalf');
    await expect(agent().byName('wlcg', somebody)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['encryption malformed: the file is truncated: it has 2 of 7 lines', expect.any(String)],
    });
  });

  test.each(['nobody', '../x', '/etc/passwd', '', 'issuer.config'])("'%s' is unknown", async (name) => {
    writeFileSync(join(folder, '..', 'x'), JSON.stringify(accountToJson(wlcg)));
    writeFileSync(join(folder, 'issuer.config'), JSON.stringify(accountToJson(wlcg)));
    await expect(agent().byName(name, somebody)).rejects.toMatchObject({
      message: 'No account configured with that short name',
    });
  });
});

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
    mkdirSync(join(folder, 'wlcg'));
    const { grant } = (await accounts.add(account, addRequest(account), forEver)).loaded;
    await grant.token({}, 0);
    const saveable = () => {
      rmSync(join(folder, 'wlcg'), { recursive: true });
      plainFile(account);
    };
    return { saveable };
  }

  test('is not forgotten before it is, as nobody else has it', async () => {
    const accounts = agent();
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
    plainFile(account);
    const accounts = agent();
    const { loaded } = await accounts.add(account, addRequest(account), forEver);
    const token = loaded.grant.token({}, 0);
    await asked.promise;
    rmSync(join(folder, 'wlcg'));
    mkdirSync(join(folder, 'wlcg'));
    const forgotten = accounts.forget('wlcg');
    await vi.waitFor(() => expect(accounts.names).toEqual([]));
    const again = accounts.add(account, addRequest(account), forEver);
    answered.resolve();
    await expect(forgotten).rejects.toThrow("refresh token of 'wlcg' is not on disk yet");
    expect((await again).loaded.grant.account.refresh_token?.reveal()).toBe('second');
    await token;
    rmSync(join(folder, 'wlcg'), { recursive: true });
    plainFile(account);
    await accounts.removeAll();
  });

  test('is saved by itself after the agent was locked and unlocked', async () => {
    const accounts = agent();
    const { saveable } = await unsaved(accounts);
    const held = await accounts.serialize();
    saveable();
    accounts.restore(held);
    const onDisk = () => readFileSync(join(folder, 'wlcg'), 'utf8');
    await vi.waitFor(() => expect(onDisk()).toContain('second'), { timeout: 60_000 });
  });

  test('stays when its lifetime is over, for a while', async () => {
    const accounts = agent();
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

describe('an account that is asked for by its issuer', () => {
  const other: Account = { ...wlcg, name: 'other' };
  const configure = (entry: object) =>
    writeFileSync(join(folder, 'issuer.config'), JSON.stringify([{ issuer, ...entry }]));

  test('is the default one, also when others are loaded', async () => {
    configure({ default_account: 'wlcg', accounts: ['other', 'wlcg'] });
    const accounts = agent();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    await accounts.add(other, addRequest(other), forEver);
    expect((await accounts.byIssuer(issuer, somebody)).grant.account.name).toBe('wlcg');
  });

  test('is the one that was loaded last when there is no default, with or without the slash', async () => {
    const accounts = agent();
    await accounts.add(other, addRequest(other), forEver);
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect((await accounts.byIssuer('https://iam.example', somebody)).grant.account.name).toBe('wlcg');
    await accounts.remove('other');
    await accounts.add(other, addRequest(other), forEver);
    expect((await accounts.byIssuer(issuer, somebody)).grant.account.name).toBe('other');
  });

  test.each([
    ['HTTPS://IAM.Example/', 'in capitals'],
    [' https://iam.example ', 'with blanks'],
    ['https://iam.example/.well-known/openid-configuration', 'by its discovery document'],
  ])('is found as a person writes it: %j', async (written) => {
    const accounts = agent();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect((await accounts.byIssuer(written, somebody)).grant.account.name).toBe('wlcg');
    await accounts.remove('wlcg');
    plainFile(wlcg);
    configure({ accounts: ['wlcg'] });
    expect((await accounts.byIssuer(written, somebody)).grant.account.name).toBe('wlcg');
  });

  test('is loaded from its file when none is loaded', async () => {
    configure({ accounts: ['wlcg'] });
    plainFile(wlcg);
    expect((await agent().byIssuer(issuer, somebody)).grant.account.name).toBe('wlcg');
  });

  test('and is not there is an error that names the issuer', async () => {
    await expect(agent().byIssuer('https://nobody.example/', somebody)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: [expect.stringContaining('https://nobody.example/')],
    });
  });
});

test('without HOME nothing is found, but what is loaded is there', async () => {
  const accounts = agent();
  const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
  vi.stubEnv('HOME', undefined);
  vi.stubEnv('OIDC_CONFIG_DIR', undefined);
  expect(await accounts.byIssuer(issuer, somebody)).toBe(loaded);
  await expect(accounts.byName('other', somebody)).rejects.toMatchObject({
    message: 'No account configured with that short name',
    hints: expect.arrayContaining(['Environment variable HOME is not set, cannot resolve ~.']),
  });
});

describe('unloading', () => {
  test('forgets the account', async () => {
    const accounts = agent();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await accounts.remove('wlcg')).toBe(true);
    expect(accounts.names).toEqual([]);
    expect(await accounts.remove('wlcg')).toBe(false);
  });

  test('happens by itself when the lifetime is over, and only to the account that it was for', async () => {
    vi.useFakeTimers();
    try {
      const accounts = agent();
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

  test('waits for a new refresh token that is on its way', async () => {
    await sealedFile(wlcg);
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
    await sealedFile(account);
    const accounts = agent();
    const { grant } = (await accounts.add(account, addRequest(account, { file_key: encoded(key) }), forEver))
      .loaded;
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

describe('what a locked agent held', () => {
  test('comes back as it was, without a word of it in the open while it was away', async () => {
    const accounts = agent();
    const pw_entry = { type: 1, password: 'secret', expires_at: 0, expires_after: 60 };
    const request = addRequest(wlcg, { file_key: encoded(key), pw_entry });
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
    expect(Math.abs((accounts.accessOf('wlcg').password?.expiresAt ?? 0) - expiresAt)).toBeLessThan(2000);
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
    await sealedFile(account);
    const accounts = agent();
    await accounts.add(account, addRequest(account, { file_key: encoded(key) }), forEver);
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
      const accounts = agent();
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
    await sealedFile(account);
    const before = readFileSync(join(folder, 'wlcg'), 'utf8');
    const { grant } = (await agent().add(account, addRequest(account, source), forEver)).loaded;
    await grant.token({}, 0);
    return { grant, before };
  }

  test.each([
    ['with the key of the file', () => ({ file_key: encoded(key) })],
    ['with the password that the C programs send', () => ({ pw_entry: { type: 1, password: 'secret' } })],
    ['with the password of a command', () => ({ pw_entry: { type: 4, command: 'echo secret' } })],
    [
      'with the password of a file',
      () => {
        mkdirSync(join(folder, 'pw'));
        writeFileSync(join(folder, 'pw', 'word'), 'secret\n');
        return { pw_entry: { type: 16, pw_file: join(folder, 'pw', 'word') } };
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
    expect(readFileSync(join(folder, 'wlcg'), 'utf8')).toBe(before);
    await grant.offer({ key });
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
  return (await readAccountFile(join(folder, 'wlcg'), passwords)).account.refresh_token?.reveal();
}
