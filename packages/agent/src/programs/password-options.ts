import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { GpgKey } from '../accounts/account-file.ts';
import { agentDirectory } from '../accounts/directory.ts';
import { FileKey } from '../accounts/format/crypt.ts';
import { encryptGpg } from '../accounts/format/gpg.ts';
import {
  existingKeyrings,
  KEYRINGS,
  type KeyringName,
  keepInKeyring,
} from '../accounts/passwords/keyring.ts';
import { type PasswordSource, passwordSource } from '../accounts/passwords/passwords.ts';
import { FileError } from '../files/errors.ts';
import { Secret } from '../secret.ts';
import { askDialog } from '../terminal/desktop/dialog.ts';
import { inform, warn } from '../terminal/output.ts';
import { askSecret, canAsk } from '../terminal/prompt.ts';
import { ProgramError } from '../terminal/run.ts';

/** The options that say where the password of an account file comes from. */
export const passwordOptions = {
  'pw-cmd': { arg: 'CMD', doc: 'Read the password of the account from the output of the shell command CMD' },
  'pw-env': {
    arg: 'OIDC_ENCRYPTION_PW',
    optional: true,
    doc: 'Read the password of the account from this environment variable (default: OIDC_ENCRYPTION_PW)',
  },
  'pw-file': { arg: 'FILE', doc: 'Read the password of the account from the first line of FILE' },
  'pw-keyring': {
    arg: KEYRINGS.join('|'),
    choices: KEYRINGS,
    optional: true,
    doc: "Keep the password of the account in a keyring, from which it is read from then on: the desktop's, with a generated password if no option gives one, or the kernel's, until you are logged out everywhere (default: the first one that exists)",
  },
  'pw-prompt': {
    arg: 'cli|gui|none',
    choices: ['cli', 'gui', 'none'],
    doc: 'How to ask for a password that no option gives: at the terminal (the default), with a window, or not at all',
  },
} as const;

export interface PasswordChoice {
  readonly 'pw-cmd': string | undefined;
  readonly 'pw-env': string | true | undefined;
  readonly 'pw-file': string | undefined;
  readonly 'pw-keyring'?: KeyringName | true | undefined;
  readonly 'pw-prompt'?: 'cli' | 'gui' | 'none' | undefined;
  /** The GPG key to encrypt with instead of a password. */
  readonly 'pw-gpg'?: string | undefined;
}

const variableOf = (choice: PasswordChoice) =>
  choice['pw-env'] === true ? 'OIDC_ENCRYPTION_PW' : choice['pw-env'];

/** The passwords of an account: by the options, else from the user at the terminal or before a window. */
export function passwordsFor(account: string, choice: PasswordChoice): PasswordSource {
  const prompt = promptOf(choice);
  return passwordSource({
    account,
    command: choice['pw-cmd'],
    variable: variableOf(choice),
    file: choice['pw-file'],
    keyringFile: fileOf(account),
    ...(prompt && { prompt }),
  });
}

/** The path of an account's file, by its short name or its path; undefined without a folder for accounts. */
function fileOf(account: string): string | undefined {
  const directory = agentDirectory(process.env);
  return account.includes('/') || directory === undefined ? undefined : join(directory, account);
}

/**
 * The keyring of `--pw-keyring`; undefined without the option.
 * @throws ProgramError if the computer does not have it
 */
async function chosenKeyring({ 'pw-keyring': wanted }: PasswordChoice): Promise<KeyringName | undefined> {
  if (wanted === undefined) return undefined;
  const existing = await existingKeyrings();
  const chosen = wanted === true ? existing[0] : existing.find((name) => name === wanted);
  if (chosen !== undefined) return chosen;
  throw new ProgramError(
    wanted === true ? 'there is no keyring here' : `there is no keyring here of this kind: ${wanted}`,
    [
      'the keyring of the desktop needs secret-tool (Debian: libsecret-tools) and a session with one, that of the kernel needs keyctl (Debian: keyutils)',
      'leave out --pw-keyring, and type a password',
    ],
  );
}

/**
 * Keeps the password of an account in the keyring of `--pw-keyring`, if that is given.
 * @throws ProgramError or FileError `no-password`
 */
export async function keepAsChosen(account: string, password: Secret, choice: PasswordChoice): Promise<void> {
  const [keyring, file] = [await chosenKeyring(choice), fileOf(account)];
  if (keyring !== undefined && file !== undefined) await keepInKeyring(keyring, file, password);
}

/** A password that no user has to type. */
const generatedPassword = () => new Secret(randomBytes(32).toString('base64url'));

function promptOf(choice: PasswordChoice): ((text: string) => Promise<Secret>) | undefined {
  const { 'pw-prompt': mode = 'cli' } = choice;
  if (mode === 'gui') return askInWindow;
  return mode === 'cli' && canAsk() ? askSecret : undefined;
}

async function askInWindow(text: string): Promise<Secret> {
  const title = 'oidc-agent password prompt';
  const answer = await askDialog({ type: 'password', title, text }).catch(dialogsMissing);
  if (answer === undefined) throw new FileError('no-password', 'user cancelled password prompt');
  return new Secret(answer);
}

/**
 * The error of a window that cannot be shown, in the words of the C suite.
 * @throws ProgramError
 */
export function dialogsMissing(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw new ProgramError(
    "oidc-prompt not installed. To use GUI prompting please install the 'oidc-agent-prompt' package.",
    [why],
  );
}

/** Whether an option gives the password. */
export function hasPasswordOption(choice: PasswordChoice): boolean {
  const variable = variableOf(choice);
  if (choice['pw-cmd'] !== undefined || choice['pw-file'] !== undefined) return true;
  return variable !== undefined && process.env[variable] !== undefined;
}

/**
 * The password or key for a new account file, if the options provide it. Call it before the user logs in, because a
 * login that cannot be saved is lost. undefined if the user will be asked, or a keyring keeps the password: only of an account that exists.
 * @throws FileError
 */
export async function keyInAdvance(
  account: string,
  choice: PasswordChoice,
): Promise<FileKey | GpgKey | undefined> {
  const { 'pw-gpg': gpgKey } = choice;
  if (gpgKey !== undefined) await encryptGpg('', [gpgKey], { anyTrust: false });
  if ((await chosenKeyring(choice)) !== undefined && gpgKey === undefined) return undefined;
  const isAsked = gpgKey === undefined && !hasPasswordOption(choice) && promptOf(choice) !== undefined;
  return isAsked ? undefined : await newFileKey(account, choice);
}

/**
 * The password or key for a new account file.
 * @throws FileError `no-password`
 */
export async function newFileKey(account: string, choice: PasswordChoice): Promise<FileKey | GpgKey> {
  const { 'pw-gpg': gpgKey } = choice;
  if (gpgKey !== undefined) return { gpgKey };
  const isGenerated = (await chosenKeyring(choice)) === 'desktop' && !hasPasswordOption(choice);
  const password = isGenerated ? generatedPassword() : await passwordsFor(account, choice).forEncryption();
  await keepAsChosen(account, password, choice);
  return await deriveKey(account, password);
}

/** The key of a file that is encrypted with a new password. An empty one is allowed, as in the C suite, with a warning. */
export async function deriveKey(account: string, password: Secret): Promise<FileKey> {
  if (password.isEmpty) {
    warn(`The password of '${account}' is empty: a copy of its file is enough to use the account.`);
    inform(`hint: give it a password: oidc-gen -u ${account}`);
  }
  return await FileKey.derive(password);
}

/** The password of an account that the agent keeps, for some seconds or for good. */
export interface KeptPassword {
  readonly password: Secret;
  readonly seconds: number | undefined;
}

/**
 * The sources of the password as the C agent expects them, so that it can save a new refresh token by itself
 * (docs/protocol.md, `pw_entry`): a bit mask, and their parameters. Our agent gets the key of the file instead.
 */
export function passwordEntry(account: string, choice: PasswordChoice, kept?: KeptPassword): object {
  const variable = variableOf(choice);
  const password = kept?.password.reveal() ?? (variable === undefined ? undefined : process.env[variable]);
  const { 'pw-cmd': command, 'pw-file': file, 'pw-gpg': gpg_key } = choice;
  const sources = [
    [8, true],
    [1, !!password],
    [4, command !== undefined],
    [16, file !== undefined],
    [32, gpg_key !== undefined],
  ] as const;
  const type = sources.reduce((mask, [bit, given]) => mask + (given ? bit : 0), 0);
  const entry = { account, type, password, command, pw_file: file, gpg_key };
  if (kept?.seconds === undefined) return entry;
  return { ...entry, expires_at: Math.floor(Date.now() / 1000) + kept.seconds, expires_after: kept.seconds };
}
