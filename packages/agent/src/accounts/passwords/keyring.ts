/**
 * Passwords of account files in a keyring of the computer, by the programs that the system has for it. None of them gets a password as
 * an argument, which other users could read.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { FileError } from '../../files/errors.ts';
import { Secret } from '../../secret.ts';
import { run } from './run-command.ts';

export const KEYRINGS = ['desktop', 'kernel'] as const;
export type KeyringName = (typeof KEYRINGS)[number];

interface Keyring {
  /** Whether it is there, and answers. */
  exists(): Promise<boolean>;
  /** The password of an account's file, by the path of the file. May ask the user to unlock the keyring. */
  find(file: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Whether it was stored. */
  store(file: string, password: string): Promise<boolean>;
  forget(file: string): Promise<void>;
}

const SERVICE = 'oidc-agent';

/** The Secret Service of a desktop: GNOME Keyring, KWallet, KeePassXC. */
const secretService: Keyring = {
  async exists() {
    if (!isInstalled('secret-tool')) return false;
    // Without a service there is a message, and without such a password none.
    const { status, stderr } = await call('secret-tool', ['lookup', 'service', SERVICE, 'file', '']);
    return typeof status === 'number' && stderr === '';
  },
  async find(file, signal) {
    const { status, stdout } = await call('secret-tool', ['lookup', ...attributesOf(file)], '', signal);
    return status === 0 ? stdout : undefined;
  },
  async store(file, password) {
    const label = `--label=Password of the oidc-agent account ${file}`;
    return (await call('secret-tool', ['store', label, ...attributesOf(file)], password)).status === 0;
  },
  async forget(file) {
    await call('secret-tool', ['clear', ...attributesOf(file)]);
  },
};

const attributesOf = (file: string) => ['service', SERVICE, 'file', file];

/** The keychain of macOS. It keeps the password in hexadecimal digits: others come back in one of two forms. */
const keychain: Keyring = {
  exists: async () => isInstalled('security'),
  async find(file, signal) {
    const args = ['find-generic-password', '-s', SERVICE, '-a', file, '-w'];
    const { status, stdout } = await call('security', args, '', signal);
    return status === 0 ? Buffer.from(stdout.trim(), 'hex').toString() : undefined;
  },
  async store(file, password) {
    const digits = Buffer.from(password).toString('hex');
    const account = file.replaceAll(/["\\]/g, '\\$&');
    const command = `add-generic-password -U -s ${SERVICE} -a "${account}" -w ${digits}\n`;
    await call('security', ['-i'], command);
    return (await keychain.find(file)) === password;
  },
  async forget(file) {
    await call('security', ['delete-generic-password', '-s', SERVICE, '-a', file]);
  },
};

/**
 * The user keyring of the Linux kernel (user-keyring(7)): it is there as long as the user has a process. A process reaches it from each
 * session, also one that the key was not made in, because the key is readable for the user and not only for its possessor.
 */
const kernel: Keyring = {
  exists: async () => isInstalled('keyctl') && (await call('keyctl', ['show', '@u'])).status === 0,
  async find(file, signal) {
    const key = await keyOf(file);
    if (key === undefined) return undefined;
    const { status, stdout } = await call('keyctl', ['pipe', key], '', signal);
    return status === 0 ? stdout : undefined;
  },
  async store(file, password) {
    const { status, stdout } = await call('keyctl', ['padd', 'user', descriptionOf(file), '@u'], password);
    if (status !== 0) return false;
    if ((await call('keyctl', ['setperm', stdout.trim(), '0x3f3f0000'])).status === 0) return true;
    await call('keyctl', ['unlink', stdout.trim(), '@u']);
    return false;
  },
  async forget(file) {
    const key = await keyOf(file);
    if (key !== undefined) await call('keyctl', ['unlink', key, '@u']);
  },
};

const descriptionOf = (file: string) => `${SERVICE}:${file}`;

async function keyOf(file: string): Promise<string | undefined> {
  const { status, stdout } = await call('keyctl', ['search', '@u', 'user', descriptionOf(file)]);
  return status === 0 ? stdout.trim() : undefined;
}

function keyringOf(name: KeyringName): Keyring {
  if (name === 'kernel') return kernel;
  return process.platform === 'darwin' ? keychain : secretService;
}

/** The keyrings that this computer has, those that last longest first. */
export async function existingKeyrings(): Promise<readonly KeyringName[]> {
  const found = await Promise.all(KEYRINGS.map((name) => keyringOf(name).exists()));
  return KEYRINGS.filter((_name, index) => found[index]);
}

/** The password of an account's file, from the first keyring that has it. */
export async function passwordInKeyring(file: string, signal?: AbortSignal): Promise<Secret | undefined> {
  for (const name of await existingKeyrings()) {
    const password = await keyringOf(name).find(file, signal);
    if (password) return new Secret(password);
  }
  return undefined;
}

/**
 * Keeps the password of an account's file in a keyring.
 * @throws FileError `no-password` if the keyring does not take it, or for an empty password
 */
export async function keepInKeyring(name: KeyringName, file: string, password: Secret): Promise<void> {
  if (!password.isEmpty && (await keyringOf(name).store(file, password.reveal()))) return;
  throw new FileError('no-password', `the keyring (${name}) does not take the password`, {
    hints: [
      password.isEmpty
        ? 'choose a password that is not empty'
        : 'is the keyring unlocked? Or leave out --pw-keyring',
    ],
  });
}

/** Removes the password of an account's file from all keyrings. */
export async function forgetInKeyrings(file: string): Promise<void> {
  for (const name of await existingKeyrings()) await keyringOf(name).forget(file);
}

/** Moves the password of an account's file that got another name. */
export async function moveInKeyrings(from: string, to: string): Promise<void> {
  for (const name of await existingKeyrings()) {
    const keyring = keyringOf(name);
    const password = await keyring.find(from);
    if (password && (await keyring.store(to, password))) await keyring.forget(from);
  }
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

async function call(program: string, args: readonly string[], input = '', signal?: AbortSignal) {
  return await run(program, args, { input, stderr: 'pipe', signal }).catch(() => ({
    status: 'not started',
    stdout: '',
    stderr: '',
  }));
}
