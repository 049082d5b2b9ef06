/**
 * A login that one process starts and another one finishes: `--no-webserver`, then `--codeExchange`.
 *
 * A file in the agent directory keeps the data for the second process, for a day at most. It is encrypted with the
 * login's `state` as its password: only a process with the address that the user was shown can read it.
 */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Account, accountFromJson, accountToJson } from '../../../accounts/account.ts';
import { decryptAccountFile } from '../../../accounts/account-file.ts';
import { FileKey, seal } from '../../../accounts/format/crypt.ts';
import { printSealedFile } from '../../../accounts/format/format.ts';
import { passwordSource } from '../../../accounts/passwords/passwords.ts';
import { FileError } from '../../../files/errors.ts';
import { replaceFile } from '../../../files/saving/replace-file.ts';
import type { Authorization } from '../../../oauth/grants/code.ts';
import { Secret } from '../../../secret.ts';

const DAY_MS = 24 * 3600 * 1000;
const PREFIX = '.oidc-gen-login-';

export interface KeptLogin {
  readonly account: Account;
  readonly authorization: Authorization;
  /** The file that gets the new grant, if it exists, and its key, if it has one. */
  readonly renews?: { readonly name: string; readonly key?: FileKey | undefined } | undefined;
}

const schema = v.object({
  account: v.custom<Parameters<typeof accountFromJson>[0]>((value) => typeof value === 'object'),
  verifier: v.string(),
  nonce: v.optional(v.string()),
  redirectUri: v.string(),
  renews: v.optional(
    v.object({
      name: v.string(),
      key: v.optional(
        v.pipe(
          v.object({ salt: v.string(), key: v.string() }),
          v.transform((text) => FileKey.fromText(text)),
        ),
      ),
    }),
  ),
});

/**
 * Keeps a login that was begun.
 * @throws system error
 */
export async function keepLogin(
  directory: string,
  { account, authorization, renews }: KeptLogin,
): Promise<void> {
  await removeOld(directory);
  const { state, verifier, nonce, redirectUri } = authorization;
  const text = JSON.stringify({
    account: accountToJson(account),
    verifier: verifier.reveal(),
    nonce,
    redirectUri,
    renews: renews && { ...renews, key: renews.key?.toText() },
  });
  const key = await FileKey.derive(new Secret(state));
  await replaceFile(pathOf(directory, state), printSealedFile(seal(text, key)));
}

/**
 * The login that has this `state`; undefined if none is kept.
 * @throws FileError for a file that was spoilt
 */
export async function keptLogin(directory: string, state: string): Promise<KeptLogin | undefined> {
  const password = passwordSource({ account: 'login', variable: 'STATE', env: { STATE: state } });
  try {
    const { text } = await decryptAccountFile(pathOf(directory, state), password);
    const { account, verifier, nonce, redirectUri, renews } = v.parse(schema, JSON.parse(text));
    const authorization = { state, verifier: new Secret(verifier), nonce, redirectUri };
    return { account: accountFromJson(account), authorization, renews };
  } catch (error) {
    if (error instanceof FileError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

export async function forgetLogin(directory: string, state: string): Promise<void> {
  await rm(pathOf(directory, state), { force: true });
}

/** The leading dot keeps it out of every list of accounts. */
function pathOf(directory: string, state: string): string {
  return join(directory, `${PREFIX}${createHash('sha256').update(state).digest('hex').slice(0, 32)}`);
}

async function removeOld(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(directory, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - changed > DAY_MS) await rm(path, { force: true });
  }
}
