/** The sources of the password that encrypts an account file. */
import { shellQuote } from '@jeton/client/shell-quote';
import { FileError } from '../../files/errors.ts';
import { MAX_FILE_BYTES } from '../../files/reading/limits.ts';
import { readFile } from '../../files/reading/read-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { Secret } from '../../secret.ts';
import { passwordInKeyring } from './keyring.ts';
import { run } from './run-command.ts';

/** Supplies the passwords for reading and writing account files. */
export interface PasswordSource {
  /**
   * Passwords to try, one after another, until one is right: first those of the options, then those from the prompt; at
   * most 3, not counting an empty one from an option.
   * @throws FileError `wrong-password` after the last one, `no-password` if none exists
   */
  forDecryption(): AsyncGenerator<Secret, never>;
  /**
   * The password to encrypt with.
   * @throws FileError `no-password`
   */
  forEncryption(): Promise<Secret>;
  /**
   * As `forEncryption`, for a file that has a password: a user who just presses Enter keeps it; the result is then
   * undefined.
   */
  forNewEncryption(): Promise<Secret | undefined>;
}

export interface PasswordOptions {
  /** The account's short name, or the path of its file; for the prompts. */
  readonly account: string;
  /** `--pw-env`: the name of an environment variable. */
  readonly variable?: string | undefined;
  /** `--pw-cmd`: a shell command, which finds the account's name in $OIDC_ACCOUNT; its output without the last newline. */
  readonly command?: string | undefined;
  /** `--pw-file`: a file; its first line. */
  readonly file?: string | undefined;
  /** The path of the account's file, if a keyring may have its password: see `keepInKeyring`. */
  readonly keyringFile?: string | undefined;
  /** Asks the user without echoing the input. Absent without a terminal. */
  readonly prompt?: ((text: string) => Promise<Secret>) | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends a command whose caller has stopped waiting. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_TRIES = 3;

export function passwordSource(options: PasswordOptions): PasswordSource {
  const { account, prompt } = options;
  const isPath = account.includes('/');
  return {
    async *forDecryption() {
      let tries = 0;
      const lacks: string[] = [];
      for (const give of [...sourcesOf(options), ...keyringOf(options)]) {
        const { password, lack } = await give();
        // An empty password may be the right one, as the C programs encrypt with it, too. If it is wrong, the option gave none.
        if (lack !== undefined) lacks.push(lack);
        else if (password !== undefined) tries += 1;
        if (password !== undefined) yield password;
      }
      if (prompt === undefined) {
        throw tries > 0 ? wrongPassword(options) : noPassword(options, lacks);
      }
      const subject = isPath ? account : `account config '${account}'`;
      for (; tries < MAX_TRIES; tries += 1) {
        const complaint = tries > 0 ? 'Wrong password.\n' : '';
        yield await prompt(`${complaint}Enter decryption password for ${subject}`);
      }
      throw new FileError('wrong-password', 'reached maximum number of tries', {
        hints: isPath ? [] : [`if you lost it, create the account again: oidc-gen ${shellQuote(account)}`],
      });
    },

    async forEncryption() {
      const { password, lacks } = await givenForEncryption(options);
      if (password !== undefined) return password;
      if (prompt === undefined) throw noPassword(options, lacks);
      const subject = isPath ? account : `account configuration '${account}'`;
      return await promptTwice(prompt, `Enter encryption password for ${subject}`);
    },

    async forNewEncryption() {
      const { password } = await givenForEncryption(options);
      if (password !== undefined || prompt === undefined) return password;
      const subject = isPath ? account : `account configuration '${account}'`;
      const typed = await promptTwice(prompt, `Enter encryption password for ${subject} [***]`, true);
      return typed.isEmpty ? undefined : typed;
    },
  };
}

async function promptTwice(
  prompt: (text: string) => Promise<Secret>,
  question: string,
  mayKeep = false,
): Promise<Secret> {
  let complaint = '';
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const password = await prompt(`${complaint}${question}`);
    if (mayKeep && password.isEmpty) return password;
    const confirmation = await prompt('Confirm encryption password');
    if (password.equals(confirmation)) return password;
    complaint = 'Encryption passwords did not match.\n';
  }
  throw new FileError('no-password', 'reached maximum number of tries');
}

/** The result of one option: a password, or the reason for its absence. An empty password has a reason, too. */
interface Given {
  readonly password: Secret | undefined;
  readonly lack?: string;
  /** Whether the user may have intended an empty password for a new file. */
  readonly mayBeEmpty?: boolean;
}

/** The passwords from the options, in the order of the C programs; each option is read only in its turn. */
function sourcesOf({ account, variable, command, file, env = process.env, signal }: PasswordOptions) {
  const sources: (() => Promise<Given>)[] = [];
  if (variable !== undefined) sources.push(async () => fromVariable(variable, env[variable]));
  if (command !== undefined) sources.push(() => fromCommand(command, account, signal));
  if (file !== undefined) sources.push(() => fromFile(file));
  return sources;
}

/** The keyring comes last: a password that the user names is what they want. */
function keyringOf({ keyringFile, signal }: PasswordOptions): (() => Promise<Given>)[] {
  if (keyringFile === undefined) return [];
  return [async () => ({ password: await passwordInKeyring(keyringFile, signal) })];
}

/** The first password that an option gives. As in the C programs, only one from a variable may be empty. */
async function givenForEncryption(
  options: PasswordOptions,
): Promise<{ readonly password?: Secret; readonly lacks: readonly string[] }> {
  const lacks: string[] = [];
  for (const give of sourcesOf(options)) {
    const { password, lack, mayBeEmpty } = await give();
    if (password !== undefined && (lack === undefined || mayBeEmpty)) return { password, lacks };
    if (lack !== undefined) lacks.push(lack);
  }
  return { lacks };
}

function fromVariable(variable: string, value: string | undefined): Given {
  if (value === undefined) {
    return { password: undefined, lack: `the environment variable ${variable} is not set` };
  }
  return { ...given(value, `the environment variable ${variable} is empty`), mayBeEmpty: true };
}

async function fromCommand(
  command: string,
  account: string,
  signal: AbortSignal | undefined,
): Promise<Given> {
  // The user's own command line, so a shell runs it.
  const { status, stdout } = await run('/bin/sh', ['-c', command], {
    stderr: 'inherit',
    env: { ...process.env, OIDC_ACCOUNT: account },
    signal,
  });
  if (status !== 0) {
    throw new FileError('no-password', `the password command failed with exit status ${status}`, {
      hints: ['run the command of --pw-cmd by hand: it must print the password and end with exit status 0'],
    });
  }
  return given(stdout.replace(/\n$/, ''), 'the password command printed nothing');
}

async function fromFile(file: string): Promise<Given> {
  try {
    const { bytes } = await readFile(file, { most: MAX_FILE_BYTES.secret, mayBePipe: true });
    const [line = ''] = bytes.toString('utf8').split('\n', 1);
    return given(line, `the first line of '${file}' is empty`);
  } catch (error) {
    throw new FileError(
      'no-password',
      `could not read the password file '${file}': ${describeSystemError(error)}`,
      { hints: ['--pw-file takes a file that you can read, with the password in its first line'] },
    );
  }
}

function given(password: string, lack: string): Given {
  return { password: new Secret(password), ...(password === '' && { lack }) };
}

function wrongPassword({ variable, command, file }: PasswordOptions): FileError {
  const given = Object.entries({ 'pw-env': variable, 'pw-cmd': command, 'pw-file': file });
  const options = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  return new FileError('wrong-password', 'wrong password', {
    hints: [`the password from ${options.join(' or ') || 'the keyring'} does not decrypt this account`],
  });
}

function noPassword({ account }: PasswordOptions, lacks: readonly string[]): FileError {
  const why = lacks.length === 0 ? '' : ` (${lacks.join('; ')})`;
  return new FileError('no-password', `no password for '${account}' and no terminal to ask for one${why}`, {
    hints: ['pass it with --pw-env=VARIABLE, --pw-file=FILE or --pw-cmd=COMMAND'],
  });
}
