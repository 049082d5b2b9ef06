import { writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import {
  accountFolder,
  addRequest,
  forEver,
  issuer,
  requester,
  wlcg,
} from '../../../../test/account-folder.ts';
import { deferred } from '../../../../test/deferred.ts';
import { type Account, accountToJson } from '../../../accounts/account.ts';
import { Secret } from '../../../secret.ts';
import type { RequestFailure } from '../../failure.ts';
import type { Visitor } from '../../socket/connection.ts';
import { Accounts } from '../accounts.ts';
import { AccountLookup } from './account-lookup.ts';
import type { AutoloadSettings } from './autoload.ts';

const folder = accountFolder();

function agent(settings: Partial<AutoloadSettings> = {}) {
  const accounts = new Accounts();
  return { accounts, lookup: new AccountLookup(accounts, { ...forEver, autoload: true, ...settings }) };
}

describe('an account that is asked for by its name', () => {
  test('is the one that was loaded', async () => {
    const { accounts, lookup } = agent();
    const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await lookup.byName('wlcg', requester)).toBe(loaded);
  });

  test('is loaded from a file that needs no password', async () => {
    folder.plainFile(wlcg);
    const { accounts, lookup } = agent();
    expect((await lookup.byName('wlcg', requester)).grant.account.client_id).toBe('c');
    expect(accounts.names).toEqual(['wlcg']);
  });

  test('by many at once is loaded once: two grants with one refresh token would spoil each other', async () => {
    folder.plainFile(wlcg);
    const { lookup } = agent();
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => lookup.byName('wlcg', requester)),
    );
    for (const other of others) expect(other).toBe(first);
  });

  test('does not replace one that a client loaded in the meantime', async () => {
    folder.plainFile(wlcg);
    const { accounts, lookup } = agent();
    const asked = lookup.byName('wlcg', requester);
    const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect(await asked).toBe(loaded);
  });

  test('is not loaded on a request when the settings forbid it', async () => {
    folder.plainFile(wlcg);
    await expect(agent({ autoload: false }).lookup.byName('wlcg', requester)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['load it: oidc-add wlcg'],
    });
  });

  test('has to be loaded by the user when it needs a password', async () => {
    await folder.sealedFile(wlcg);
    await expect(agent().lookup.byName('wlcg', requester)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['load it: oidc-add wlcg'],
    });
  });

  test('and needs a password is loaded with the one of the configured command', async () => {
    await folder.sealedFile(wlcg);
    const pwCmd = 'test "$OIDC_ACCOUNT" = wlcg && echo secret';
    const { lookup } = agent({ pwCmd });
    expect((await lookup.byName('wlcg', requester)).grant.account.client_id).toBe('c');
  });

  describe('and needs a password that the user can enter', () => {
    const asking = (...passwords: (string | undefined)[]) => {
      const asked: string[] = [];
      const askPassword = async (account: string) => {
        asked.push(account);
        const password = passwords.shift();
        return password === undefined ? undefined : new Secret(password);
      };
      return { asked, ...agent({ askPassword }) };
    };

    test('is loaded with it, at the latest at the third try', async () => {
      await folder.sealedFile(wlcg);
      const { asked, lookup } = asking('wrong', 'false', 'secret');
      expect((await lookup.byName('wlcg', requester)).grant.account.client_id).toBe('c');
      expect(asked).toEqual(['wlcg', 'wlcg', 'wlcg']);
    });

    test('is asked for once, however many programs wait', async () => {
      await folder.sealedFile(wlcg);
      const { asked, lookup } = asking('secret');
      await Promise.all(Array.from({ length: 5 }, () => lookup.byName('wlcg', requester)));
      expect(asked).toEqual(['wlcg']);
    });

    test('is not loaded when the accounts were taken away before the answer', async () => {
      await folder.sealedFile(wlcg);
      const answer = deferred<Secret>();
      const { accounts, lookup } = agent({ askPassword: () => answer.promise });
      const asked = lookup.byName('wlcg', requester);
      await accounts.serialize();
      answer.resolve(new Secret('secret'));
      await expect(asked).rejects.toMatchObject({ message: 'Agent locked' });
      expect(accounts.names).toEqual([]);
    });

    test('is not loaded when the user does not answer', async () => {
      await folder.sealedFile(wlcg);
      const { lookup } = asking(undefined);
      await expect(lookup.byName('wlcg', requester)).rejects.toMatchObject({
        message: 'account not loaded',
      });
    });

    test('is left to the program that asks when that has a terminal', async () => {
      await folder.sealedFile(wlcg);
      const { asked, lookup } = asking('secret');
      const withTerminal = { ...requester, hasTerminal: true };
      await expect(lookup.byName('wlcg', withTerminal)).rejects.toMatchObject({
        message: 'account not loaded',
      });
      expect(asked).toEqual([]);
    });
  });

  test('and cannot be read says why', async () => {
    writeFileSync(folder.path('wlcg'), '123\nhalf');
    await expect(agent().lookup.byName('wlcg', requester)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: ['encryption malformed: the file is truncated: it has 2 of 7 lines', expect.any(String)],
    });
  });

  test.each(['nobody', '../x', '/etc/passwd', '', 'issuer.config'])("'%s' is unknown", async (name) => {
    writeFileSync(folder.path('..', 'x'), JSON.stringify(accountToJson(wlcg)));
    writeFileSync(folder.path('issuer.config'), JSON.stringify(accountToJson(wlcg)));
    await expect(agent().lookup.byName(name, requester)).rejects.toMatchObject({
      message: 'No account configured with that short name',
    });
  });
});

test('a name with a typing error is answered with the account that is meant', async () => {
  folder.plainFile(wlcg);
  await expect(agent().lookup.byName('wlgc', requester)).rejects.toMatchObject({
    message: 'No account configured with that short name',
    hints: expect.arrayContaining(["did you mean 'wlcg'?"]),
  });
});

describe('an account that is asked for by its issuer', () => {
  const other: Account = { ...wlcg, name: 'other' };
  const configure = (entry: object) =>
    writeFileSync(folder.path('issuer.config'), JSON.stringify([{ issuer, ...entry }]));

  test('is the default one, also when others are loaded', async () => {
    configure({ default_account: 'wlcg', accounts: ['other', 'wlcg'] });
    const { accounts, lookup } = agent();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    await accounts.add(other, addRequest(other), forEver);
    expect((await lookup.byIssuer(issuer, requester)).grant.account.name).toBe('wlcg');
  });

  test('is the one that was loaded last when none is the default, with or without the slash', async () => {
    const { accounts, lookup } = agent();
    await accounts.add(other, addRequest(other), forEver);
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect((await lookup.byIssuer('https://iam.example', requester)).grant.account.name).toBe('wlcg');
    await accounts.remove('other');
    await accounts.add(other, addRequest(other), forEver);
    expect((await lookup.byIssuer(issuer, requester)).grant.account.name).toBe('other');
  });

  test.each([
    ['HTTPS://IAM.Example/', 'in capitals'],
    [' https://iam.example ', 'with blanks'],
    ['https://iam.example/.well-known/openid-configuration', 'by its discovery document'],
  ])('is found as a person writes it: %j', async (written) => {
    const { accounts, lookup } = agent();
    await accounts.add(wlcg, addRequest(wlcg), forEver);
    expect((await lookup.byIssuer(written, requester)).grant.account.name).toBe('wlcg');
    await accounts.remove('wlcg');
    folder.plainFile(wlcg);
    configure({ accounts: ['wlcg'] });
    expect((await lookup.byIssuer(written, requester)).grant.account.name).toBe('wlcg');
  });

  test('is loaded from its file when none is loaded', async () => {
    configure({ accounts: ['wlcg'] });
    folder.plainFile(wlcg);
    expect((await agent().lookup.byIssuer(issuer, requester)).grant.account.name).toBe('wlcg');
  });

  test('and does not exist is an error that names the issuer', async () => {
    await expect(agent().lookup.byIssuer('https://nobody.example/', requester)).rejects.toMatchObject({
      message: 'account not loaded',
      hints: [expect.stringContaining('https://nobody.example/')],
    });
  });
});

test('an issuer with a typing error is answered with the one that is meant, but only to the owner', async () => {
  writeFileSync(folder.path('issuer.config'), JSON.stringify([{ issuer, accounts: ['wlcg'] }]));
  const { lookup } = agent();
  const asked = (visitor: Visitor) =>
    lookup
      .byIssuer('https://iam.exmaple/', { ...requester, client: visitor })
      .catch((error: RequestFailure) => error.hints);
  const [unknown] = [expect.stringContaining('no account for https://iam.exmaple/ is known')];
  expect(await asked(requester.client)).toEqual([`did you mean ${issuer}?`, unknown]);
  const guest = { ...requester.client, door: { ...requester.client.door, loadsAccounts: false } };
  expect(await asked(guest)).toEqual([unknown]);
});

test('without HOME no file is found, but loaded accounts are there', async () => {
  const { accounts, lookup } = agent();
  const { loaded } = await accounts.add(wlcg, addRequest(wlcg), forEver);
  vi.stubEnv('HOME', undefined);
  vi.stubEnv('OIDC_CONFIG_DIR', undefined);
  expect(await lookup.byIssuer(issuer, requester)).toBe(loaded);
  await expect(lookup.byName('other', requester)).rejects.toMatchObject({
    message: 'No account configured with that short name',
    hints: expect.arrayContaining(['Environment variable HOME is not set, cannot resolve ~.']),
  });
});
