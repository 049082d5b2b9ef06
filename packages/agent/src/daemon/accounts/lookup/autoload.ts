/** Loads accounts on a request for a token. */
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shellQuote } from '@jeton/client/shell-quote';
import { errorTexts } from '@jeton/protocol';
import type { Account } from '../../../accounts/account.ts';
import { readAccountFile } from '../../../accounts/account-file.ts';
import { similarAccount } from '../../../accounts/directory.ts';
import { openFolder } from '../../../accounts/open-folder.ts';
import { type PasswordSource, passwordSource } from '../../../accounts/passwords/passwords.ts';
import type { FileAccess } from '../../../accounts/shared/shared-account-file.ts';
import { SharedWorkByKey } from '../../../concurrency/shared-work.ts';
import { FileError, noAnswerFrom } from '../../../files/errors.ts';
import { answered } from '../../../files/reading/read-file.ts';
import { systemErrorCode } from '../../../files/system-error.ts';
import { forKeeping } from '../../../files/threads.ts';
import type { Secret } from '../../../secret.ts';
import { pathOf } from '../../configuration.ts';
import { RequestFailure } from '../../failure.ts';
import type { Client, Visitor } from '../../socket/connection.ts';
import type { LoadedAccount } from '../loaded-account.ts';

/** Whether it is done, and where passwords come from. */
export interface AutoloadSettings {
  readonly autoload: boolean;
  /** A shell command that prints the password of the account in $OIDC_ACCOUNT. */
  readonly pwCmd?: string | undefined;
  /** Asks the user for the password of an account; undefined if the user does not answer. */
  readonly askPassword?: ((account: string, gone: AbortSignal) => Promise<Secret | undefined>) | undefined;
}

/** The client that asks for an account. */
export interface Requester {
  readonly client: Visitor;
  /** Whether the client itself can ask the user for the password. */
  readonly hasTerminal: boolean;
}

export class Autoload {
  readonly #settings: AutoloadSettings;
  readonly #hold: (account: Account, access: FileAccess) => Promise<LoadedAccount>;
  #hasWarned = false;
  readonly #loads = new SharedWorkByKey<LoadedAccount>();

  /** @param hold takes a loaded account; returns the account that is held, which another request may have loaded first */
  constructor(
    settings: AutoloadSettings,
    hold: (account: Account, access: FileAccess) => Promise<LoadedAccount>,
  ) {
    this.#settings = settings;
    this.#hold = hold;
  }

  /**
   * Loads the account of a name from its file if the agent can get the password. Two grants with the same refresh token
   * would invalidate each other, so concurrent requests for the file share one load.
   *
   * @throws RequestFailure if the account does not exist, or if the user has to load it
   */
  async load(name: string, { client, hasTerminal }: Requester): Promise<LoadedAccount> {
    if (!client.door.loadsAccounts) {
      throw new RequestFailure(errorTexts.accountNotLoaded, [
        'the owner of this agent must load it with oidc-add; list the loaded accounts: oidc-add -a',
      ]);
    }
    return await this.#loads.join(name, (waiters) => this.#load(name, waiters, hasTerminal), client.gone);
  }

  async #load(name: string, client: Client, hasTerminal: boolean): Promise<LoadedAccount> {
    const path = await fileOf(name);
    await answered(
      path,
      forKeeping.use(() => access(path)),
    ).catch(async (error: unknown) => {
      if (systemErrorCode(error) === 'NO_ANSWER') throw noAnswerFrom(error);
      throw unknownAccount([
        ...(await similarAccount(path)),
        `there is no account '${name}'; list your accounts: oidc-add -l`,
        `create it: oidc-gen -w device ${shellQuote(name)}`,
      ]);
    });
    const hint = `load it: oidc-add ${shellQuote(name)}`;
    void this.#warnOfOpenFolder(dirname(path));
    if (!this.#settings.autoload) throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
    try {
      const { account, content, key } = await readAccountFile(
        path,
        this.#passwords(name, path, client, hasTerminal),
      );
      const file = account.name === name ? undefined : name;
      return await this.#hold(account, { key, content, file });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (error.kind === 'no-password') throw new RequestFailure(errorTexts.accountNotLoaded, [hint]);
      throw new RequestFailure(errorTexts.accountNotLoaded, [error.message, ...error.hints]);
    }
  }

  /** Warns once, in the log: the client that requests a token may not show warnings to the user. */
  async #warnOfOpenFolder(directory: string): Promise<void> {
    if (this.#hasWarned) return;
    const stats = await forKeeping.use(() => stat(directory)).catch(() => undefined);
    const problem = stats && openFolder(directory, stats);
    if (problem === undefined || this.#hasWarned) return;
    this.#hasWarned = true;
    const { systemLog, logToStderr } = await import('../../log.ts');
    for (const log of [logToStderr, systemLog()]) log(`warning: ${problem.message}; ${problem.hint}`);
  }

  /** The source of the password for an account that no client has loaded: the configured command, else a keyring or a window. */
  #passwords(account: string, keyringFile: string, client: Client, hasTerminal: boolean): PasswordSource {
    const { pwCmd: command, askPassword } = this.#settings;
    if (command !== undefined || hasTerminal || askPassword === undefined) {
      return passwordSource({ account, command, keyringFile, signal: client.gone });
    }
    const prompt = async () => {
      const password = await askPassword(account, client.gone);
      if (password !== undefined) return password;
      throw new FileError('no-password', 'the agent got no password');
    };
    return passwordSource({ account, prompt, keyringFile, signal: client.gone });
  }
}

/** The path of an account's file. An impossible account name counts as unknown. */
async function fileOf(name: string): Promise<string> {
  try {
    return await pathOf(name);
  } catch (error) {
    if (!(error instanceof FileError) || error.kind === 'no-answer') throw error;
    throw unknownAccount([error.message, ...error.hints, 'list your accounts: oidc-add -l']);
  }
}

function unknownAccount(hints: readonly string[]): RequestFailure {
  return new RequestFailure(errorTexts.unknownAccount, hints);
}
