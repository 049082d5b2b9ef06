import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Account, accountFromJson, printAccount } from '../../../packages/agent/src/accounts/account.ts';
import {
  type GpgKey,
  readAccountFile,
  writeAccountFile,
} from '../../../packages/agent/src/accounts/account-file.ts';
import { passwordSource } from '../../../packages/agent/src/accounts/passwords/passwords.ts';
import { withRefreshToken } from '../../../packages/agent/src/accounts/replaced-tokens.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';
import type { Sandbox } from '../../support/computer/sandbox.ts';
import { mountSmallDisk, type SmallDisk } from '../../support/computer/small-disk.ts';
import { key } from './openings.ts';

/** What the account file is encrypted with. */
export type FileForm = 'a password' | 'nothing' | GpgKey;

/** The file of the account, and what a user does to it, to its folder and to the disk. */
export class AccountFile {
  readonly folder: string;
  readonly path: string;
  readonly #form: FileForm;
  readonly #away: string;
  readonly #backup: string;
  readonly #disk: SmallDisk | undefined;
  #isFull = false;
  /** Whether a user has changed the file since an agent saved a refresh token. */
  isTouched = false;

  constructor(sandbox: Sandbox, form: FileForm) {
    this.#form = form;
    this.#disk = mountSmallDisk(sandbox, 128);
    this.folder = join(sandbox.accounts, 'agent');
    this.path = join(this.folder, 'wlcg');
    this.#away = join(sandbox.accounts, 'away');
    this.#backup = join(sandbox.folder, 'backup');
    mkdirSync(this.folder);
  }

  get hasPassword(): boolean {
    return this.#form === 'a password';
  }

  get exists(): boolean {
    return existsSync(this.path);
  }

  get isDiskFull(): boolean {
    return this.#isFull;
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  fillDisk(): void {
    this.#isFull = this.#disk !== undefined;
    this.#disk?.fill();
  }

  makeRoom(): void {
    this.#isFull = false;
    this.#disk?.makeRoom();
  }

  touch(step: string): void {
    if (step === 'back up') {
      if (this.exists) copyFileSync(this.path, this.#backup);
      return;
    }
    this.isTouched = true;
    if (step === 'rename' && this.exists) renameSync(this.path, join(this.folder, 'other'));
    if (step === 'delete') rmSync(this.path, { force: true });
    if (step === 'restore' && existsSync(this.#backup)) {
      try {
        writeFileSync(this.path, readFileSync(this.#backup));
      } catch {
        // The disk is full: it leaves an empty file.
      }
    }
    if (step === 'exchange the folder' && !existsSync(this.#away)) {
      renameSync(this.folder, this.#away);
      mkdirSync(this.folder);
    }
    if (step === 'bring the folder back' && existsSync(this.#away)) {
      rmSync(this.folder, { recursive: true });
      renameSync(this.#away, this.folder);
    }
  }

  async read(): Promise<Account | undefined> {
    const passwords = passwordSource({ account: 'wlcg', variable: 'P', env: { P: PASSWORD } });
    return await readAccountFile(this.path, passwords, await key).then(
      ({ account }) => account,
      () => undefined,
    );
  }

  async refreshToken(): Promise<string | undefined> {
    return (await this.read())?.refresh_token?.reveal();
  }

  /** As `oidc-gen --reauthenticate`, or as `oidc-gen` where no account is left. */
  async renewLogin(issuer: string, refreshToken: string): Promise<void> {
    const former = await this.read();
    // A folder that comes back over a newer login, and a backup of another account, count as a login from elsewhere.
    rmSync(this.#away, { recursive: true, force: true });
    if (former === undefined) {
      rmSync(this.#backup, { force: true });
      await this.writeNew(issuer, refreshToken);
      return;
    }
    const renewed = withRefreshToken(former, new Secret(refreshToken));
    const fileKey = this.hasPassword ? await key : undefined;
    await writeAccountFile(this.path, renewed, fileKey).catch(() => undefined);
  }

  async writeNew(issuer: string, refreshToken: string): Promise<void> {
    const account = accountFromJson({
      name: 'wlcg',
      issuer_url: issuer,
      client_id: 'client',
      refresh_token: refreshToken,
      username: 'somebody',
      password: 'a password',
    });
    try {
      if (this.#form === 'nothing') writeFileSync(this.path, printAccount(account));
      else await writeAccountFile(this.path, account, this.#form === 'a password' ? await key : this.#form);
    } catch {
      // A full disk has no room for a new login: oidc-gen looks for it before.
    }
  }
}
