import type { Secret } from '../secret.ts';
import { askSecret, canAsk } from '../terminal/prompt.ts';
import { type PasswordSource, passwordSource } from '../vault/passwords.ts';

/** The options that say where the password of an account file comes from. */
export const passwordOptions = {
  'pw-cmd': { arg: 'CMD', doc: 'Take the password of the account from the output of the shell command CMD' },
  'pw-env': {
    arg: 'OIDC_ENCRYPTION_PW',
    optional: true,
    doc: 'Take the password of the account from the environment variable OIDC_ENCRYPTION_PW or the one that is named',
  },
  'pw-file': { arg: 'FILE', doc: 'Take the password of the account from the first line of FILE' },
} as const;

export interface PasswordChoice {
  readonly 'pw-cmd': string | undefined;
  readonly 'pw-env': string | true | undefined;
  readonly 'pw-file': string | undefined;
}

const variableOf = (choice: PasswordChoice) =>
  choice['pw-env'] === true ? 'OIDC_ENCRYPTION_PW' : choice['pw-env'];

/** The passwords of an account: by the options, else from the person at the terminal. */
export function passwordsFor(account: string, choice: PasswordChoice, mayAsk = true): PasswordSource {
  return passwordSource({
    account,
    command: choice['pw-cmd'],
    variable: variableOf(choice),
    file: choice['pw-file'],
    ...(mayAsk && canAsk() ? { prompt: askSecret } : {}),
  });
}

/** Whether a password can be had at all; better known before anything is done. */
export function hasPassword(choice: PasswordChoice, mayAsk: boolean): boolean {
  const variable = variableOf(choice);
  if (choice['pw-cmd'] !== undefined || choice['pw-file'] !== undefined) return true;
  return (variable !== undefined && !!process.env[variable]) || (mayAsk && canAsk());
}

/** The password of an account that the agent is to keep, for some seconds or for good. */
export interface KeptPassword {
  readonly password: Secret;
  readonly seconds: number | undefined;
}

/**
 * What the C agent wants to know in order to save a new refresh token by itself (docs/protocol.md, `pw_entry`): the sources
 * as a bit mask, and what they need. Ours gets the key of the file instead.
 */
export function passwordEntry(account: string, choice: PasswordChoice, kept?: KeptPassword): object {
  const variable = variableOf(choice);
  const password = kept?.password.reveal() ?? (variable === undefined ? undefined : process.env[variable]);
  const command = choice['pw-cmd'];
  const file = choice['pw-file'];
  const type = 8 + (password ? 1 : 0) + (command === undefined ? 0 : 4) + (file === undefined ? 0 : 16);
  const entry = { account, type, password, command, pw_file: file };
  if (kept?.seconds === undefined) return entry;
  return { ...entry, expires_at: Math.floor(Date.now() / 1000) + kept.seconds, expires_after: kept.seconds };
}
