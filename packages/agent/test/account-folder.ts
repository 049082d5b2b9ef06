import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRequest, type RequestOf } from '@jeton/protocol';
import { beforeAll, beforeEach, vi } from 'vitest';
import { type Account, accountToJson } from '../src/accounts/account.ts';
import { writeAccountFile } from '../src/accounts/account-file.ts';
import { FileKey } from '../src/accounts/format/crypt.ts';
import { ownerDoor } from '../src/daemon/socket/door.ts';
import { Secret } from '../src/secret.ts';

export const issuer = 'https://iam.example/';
export const wlcg: Account = {
  name: 'wlcg',
  issuer_url: issuer,
  client_id: 'c',
  refresh_token: new Secret('first'),
};

/** The options of an account that stays loaded. */
export const forEver = { lifetime: 0, alwaysAllowIdToken: false, confirm: false };

/** A program without a terminal that goes on waiting. */
export const requester = {
  client: { gone: new AbortController().signal, door: ownerDoor },
  hasTerminal: false,
};

/** The request with which a client loads an account. */
export function addRequest(account: Account, members: object = {}): RequestOf<'add'> {
  const request = parseRequest(
    JSON.stringify({ request: 'add', config: accountToJson(account), ...members }),
  );
  if (request.request !== 'add') throw new Error('not an add');
  return request;
}

/** Gives each test of a file an empty folder of accounts. The password of its encrypted files is `secret`. */
export function accountFolder() {
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

  return {
    path: (...names: string[]) => join(folder, ...names),
    /** The key of its encrypted files. */
    get key() {
      return key;
    },
    plainFile: (account: Account) =>
      writeFileSync(join(folder, account.name), JSON.stringify(accountToJson(account))),
    sealedFile: (account: Account) => writeAccountFile(join(folder, account.name), account, key),
  };
}
