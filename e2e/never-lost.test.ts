/**
 * A property: whatever happens to an agent, to the file of its account and to the disk, the newest refresh token is on disk, or
 * each program that gets a token gets a warning that it is not; and no refresh token is spent twice.
 *
 * `npm run never-lost` tries for longer; JETON_RUNS is the number of scripts that it tries.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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
import { exchange } from '@jeton/client/exchange';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../packages/agent/src/secret.ts';
import { accountFromJson, accountToJson } from '../packages/agent/src/vault/account.ts';
import { FileKey } from '../packages/agent/src/vault/crypt.ts';
import { passwordSource } from '../packages/agent/src/vault/passwords.ts';
import { withRefreshToken } from '../packages/agent/src/vault/replaced-tokens.ts';
import { readAccountFile, writeAccountFile } from '../packages/agent/src/vault/store.ts';
import { PASSWORD } from './support/accounts.ts';
import { startIssuer } from './support/issuer.ts';
import { Sandbox } from './support/sandbox.ts';
import { mountSmallDisk, type SmallDisk } from './support/small-disk.ts';

/** CI tries the same scripts each time; `npm run never-lost` tries others each time. */
const choice =
  process.env.JETON_RUNS === undefined
    ? { numRuns: 10, seed: 1 }
    : { numRuns: Number(process.env.JETON_RUNS) };
let key: FileKey;
let wrongKey: FileKey;
beforeAll(async () => {
  key = await FileKey.derive(new Secret(PASSWORD));
  wrongKey = await FileKey.derive(new Secret('wrong'));
});

/** How a client says how the file is opened. */
const forms = {
  key: () => ({ file_key: key.toText() }),
  password: () => ({ pw_entry: { type: 1, password: PASSWORD } }),
  command: () => ({ pw_entry: { type: 4, command: `echo '${PASSWORD}'` } }),
  nothing: () => ({}),
  'a wrong key': () => ({ file_key: wrongKey.toText() }),
  'a wrong password': () => ({ pw_entry: { type: 1, password: 'wrong' } }),
};

const steps = [
  ...Object.keys(forms).map((form) => `load with ${form}`),
  ...[
    'rotate',
    'rotate',
    'rotate',
    'rotate',
    'rename',
    'delete',
    'back up',
    'restore',
    'exchange the folder',
  ],
  ...['bring the folder back', 'fill the disk', 'make room', 'lock', 'unlock', 'kill', 'restart', 'unload'],
  'reauthenticate',
];

/** Scripts that chance alone would seldom find. */
const stories = [
  ['back up', 'rotate', 'restore', 'rotate'],
  ['rename', 'rotate'],
  ['delete', 'rotate'],
  ['exchange the folder', 'rotate'],
  ['fill the disk', 'rotate', 'kill'],
  ...Object.keys(forms).map((form) => [`load with ${form}`, 'rotate']),
];

const scripts = fc
  .array(fc.oneof(fc.constantFrom(...stories), fc.constantFrom(...steps.map((step) => [step]))), {
    minLength: 4,
    maxLength: 14,
  })
  .map((parts) => parts.flat());

/** An agent, its account, the disk and the issuer. */
class World {
  readonly sandbox = new Sandbox();
  readonly folder = join(this.sandbox.accounts, 'agent');
  readonly #away = join(this.sandbox.accounts, 'away');
  readonly #backup = join(this.sandbox.folder, 'backup');
  readonly #socket = join(this.sandbox.folder, 'socket');
  readonly #disk: SmallDisk | undefined;
  #agent: ChildProcess | undefined;
  #issuer = '';
  #newest = '';
  #tokens = 0;
  readonly #spent = new Set<string>();
  /** Whether a refresh token was spent twice: then the issuer ends the login (RFC 9700 section 4.14.2). */
  #isEnded = false;

  constructor() {
    this.#disk = mountSmallDisk(this.sandbox, 128);
    mkdirSync(this.folder);
    this.sandbox.env.OIDC_CONFIG_DIR = this.folder;
  }

  async begin(): Promise<void> {
    const issuer = await startIssuer({
      '/token': ({ form }, response) => {
        const given = form.refresh_token;
        if (given !== undefined && this.#spent.has(given)) this.#isEnded = true;
        if (given !== undefined) this.#spent.add(given);
        if (this.#isEnded) return void response.writeHead(400).end('{"error":"invalid_grant"}');
        const refresh_token = this.#logIn();
        response.end(
          JSON.stringify({ access_token: `for ${refresh_token}`, expires_in: 3600, refresh_token }),
        );
      },
    });
    this.#issuer = issuer.metadata.issuer;
    await this.#start();
    await this.#writeAccount(this.#logIn());
  }

  async do(step: string): Promise<void> {
    const form = step.startsWith('load with ') ? step.slice('load with '.length) : undefined;
    if (form !== undefined) await this.#load(form);
    else if (step === 'rotate') await this.#rotate();
    else if (step === 'reauthenticate') await this.#ask({ request: 'reauthenticate', account: 'wlcg' });
    else if (step === 'unload') await this.#ask({ request: 'remove', account: 'wlcg' });
    else if (step === 'lock' || step === 'unlock') await this.#ask({ request: step, password: 'sesame' });
    else if (step === 'kill') await this.#end('SIGKILL');
    else if (step === 'restart') await this.#end('SIGTERM');
    else if (step === 'fill the disk') this.#disk?.fill();
    else if (step === 'make room') this.#disk?.makeRoom();
    else this.#touchFile(step);
    expect(this.#isEnded, 'a refresh token was spent twice').toBe(false);
  }

  /** After all of it: as soon as everything is in order again, so is the file. */
  async finish(): Promise<void> {
    this.#disk?.makeRoom();
    this.#touchFile('bring the folder back');
    await this.#ask({ request: 'unlock', password: 'sesame' });
    await this.#load('key');
    await this.#rotate();
    expect(await this.#onDisk()).toBe(this.#newest);
  }

  async close(): Promise<void> {
    this.#disk?.makeRoom();
    await this.#stop('SIGKILL');
    await this.sandbox.close();
  }

  get #file(): string {
    return join(this.folder, 'wlcg');
  }

  #logIn(): string {
    this.#tokens += 1;
    this.#newest = `refresh token ${this.#tokens}`;
    return this.#newest;
  }

  async #load(form: string): Promise<void> {
    const { info: held, message } = await this.#ask({ request: 'loaded_accounts' });
    if (message === 'Agent locked') return;
    const isHeld = Array.isArray(held) && held.includes('wlcg');
    // A killed agent had warned of the refresh token that was lost with it. So a new login is needed.
    if (!isHeld && (await this.#onDisk()) !== this.#newest) await this.#renewLogin();
    const account = await this.#read();
    // A full disk had no room for the new login.
    if (account === undefined || (!isHeld && account.refresh_token?.reveal() !== this.#newest)) return;
    const isWrong = form.startsWith('a wrong');
    const known = Object.entries(forms).find(([name]) => name === form)?.[1];
    const before = readFileSync(this.#file, 'utf8');
    const answer = await this.#ask({
      request: 'add',
      config: accountToJson(account),
      plain_add: 1,
      ...known?.(),
    });
    if (isWrong) {
      expect(answer.message).toBe('wrong password');
      if (!isHeld) expect(readFileSync(this.#file, 'utf8')).toBe(before);
    }
  }

  async #rotate(): Promise<void> {
    const answer = await this.#ask({ request: 'access_token', account: 'wlcg', min_valid_period: -1 });
    if (answer.message !== undefined) {
      expect(answer.message).toMatch(/^account not loaded|^Agent locked|^No account configured/);
      return;
    }
    expect(answer.access_token).toBe(`for ${this.#newest}`);
    const isTold = /^warning: the new refresh token of 'wlcg' is not on disk yet: /.test(
      `${answer.info ?? ''}`,
    );
    if (!isTold) expect(await this.#onDisk(), 'nobody was told').toBe(this.#newest);
  }

  #touchFile(step: string): void {
    const isThere = existsSync(this.#file);
    if (step === 'rename' && isThere) renameSync(this.#file, join(this.folder, 'other'));
    if (step === 'delete') rmSync(this.#file, { force: true });
    if (step === 'back up' && isThere) copyFileSync(this.#file, this.#backup);
    if (step === 'restore' && existsSync(this.#backup)) {
      try {
        writeFileSync(this.#file, readFileSync(this.#backup));
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

  /** The agent's answer, also if it is an error. */
  async #ask(request: { request: string } & Record<string, unknown>): Promise<Record<string, unknown>> {
    try {
      return { ...(await exchange(request, { socketPath: this.#socket })) };
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #start(): Promise<void> {
    this.#agent = this.sandbox.spawn('oidc-agent', ['-d', '--json', '-a', this.#socket]);
    if (this.#agent.stdout) await once(this.#agent.stdout, 'data');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await this.#stop(signal);
    await this.#start();
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const exit = this.#agent && once(this.#agent, 'exit');
    this.#agent?.kill(signal);
    await exit;
  }

  /** As `oidc-gen --reauthenticate`, or as `oidc-gen` where no account is left. */
  async #renewLogin(): Promise<void> {
    const former = await this.#read();
    const refreshToken = this.#logIn();
    // A folder that comes back over a newer login, and a backup of another account, count as a login from elsewhere.
    rmSync(this.#away, { recursive: true, force: true });
    if (former === undefined) {
      rmSync(this.#backup, { force: true });
      await this.#writeAccount(refreshToken);
      return;
    }
    const renewed = withRefreshToken(former, new Secret(refreshToken));
    await writeAccountFile(this.#file, renewed, key).catch(() => undefined);
  }

  async #writeAccount(refreshToken: string): Promise<void> {
    const account = accountFromJson({
      name: 'wlcg',
      issuer_url: this.#issuer,
      client_id: 'client',
      refresh_token: refreshToken,
      username: 'somebody',
      password: 'a password',
    });
    // A full disk has no room for a new login: oidc-gen looks for it before.
    await writeAccountFile(this.#file, account, key).catch(() => undefined);
  }

  async #read() {
    const passwords = passwordSource({ account: 'wlcg', variable: 'P', env: { P: PASSWORD } });
    return await readAccountFile(this.#file, passwords, key).then(
      ({ account }) => account,
      () => undefined,
    );
  }

  async #onDisk(): Promise<string | undefined> {
    return (await this.#read())?.refresh_token?.reveal();
  }
}

describe('an account at an issuer that replaces each refresh token, and ends the login when one comes twice', () => {
  it('keeps its login through everything', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const world = new World();
        try {
          await world.begin();
          await world.do('load with key');
          for (const step of script) await world.do(step);
          await world.finish();
        } finally {
          await world.close();
        }
      }),
      choice,
    );
  });
});
