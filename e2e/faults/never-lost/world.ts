/** One account, the folder and the disk that it is on, its issuer, and two agents that use it: what `e2e/faults/never-lost.test.ts` plays with. */
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
import { expect } from 'vitest';
import {
  accountFromJson,
  accountToJson,
  printAccount,
} from '../../../packages/agent/src/accounts/account.ts';
import {
  type GpgKey,
  readAccountFile,
  writeAccountFile,
} from '../../../packages/agent/src/accounts/account-file.ts';
import { FileKey } from '../../../packages/agent/src/accounts/format/crypt.ts';
import { passwordSource } from '../../../packages/agent/src/accounts/passwords/passwords.ts';
import { withRefreshToken } from '../../../packages/agent/src/accounts/replaced-tokens.ts';
import { Secret } from '../../../packages/agent/src/secret.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { hasDebianSuite } from '../../support/computer/programs.ts';
import { Sandbox } from '../../support/computer/sandbox.ts';
import { mountSmallDisk, type SmallDisk } from '../../support/computer/small-disk.ts';
import { startIssuer } from '../../support/servers/scripted-issuer.ts';

const key = FileKey.derive(new Secret(PASSWORD));
const wrongKey = FileKey.derive(new Secret('wrong'));

/** How a client says how the account file is opened. */
const forms = {
  key: async () => ({ file_key: (await key).toText() }),
  password: async () => ({ pw_entry: { type: 1, password: PASSWORD } }),
  command: async () => ({ pw_entry: { type: 4, command: `echo '${PASSWORD}'` } }),
  'a password file': async (world: World) => ({ pw_entry: { type: 8, pw_file: world.passwordFile } }),
  nothing: async () => ({}),
  'a wrong key': async () => ({ file_key: (await wrongKey).toText() }),
  'a wrong password': async () => ({ pw_entry: { type: 1, password: 'wrong' } }),
};
/** A program that decrypts the file itself, says how to open it again, and asks for a token at once. */
const cProgram = 'oidc-add of the C suite';
export const formNames = [...Object.keys(forms), ...(hasDebianSuite ? [cProgram] : [])];

/** What the account file is encrypted with. */
export type FileForm = 'a password' | 'nothing' | GpgKey;

interface Agent {
  readonly socket: string;
  process?: ChildProcess;
  /** Whether it has the newest refresh token of the newest login, as far as clients can know. */
  isCurrent: boolean;
  isLocked: boolean;
  /** Whether it can open the file, and so write it. */
  canOpen: boolean;
  /** Whether its latest client got the warning that the newest refresh token is not on disk. */
  hasWarned: boolean;
}

export class World {
  readonly sandbox = new Sandbox();
  readonly folder = join(this.sandbox.accounts, 'agent');
  readonly passwordFile = join(this.sandbox.folder, 'password');
  readonly #away = join(this.sandbox.accounts, 'away');
  readonly #backup = join(this.sandbox.folder, 'backup');
  readonly #disk: SmallDisk | undefined;
  readonly #form: FileForm;
  readonly #agents: Agent[] = ['one', 'two'].map((name) => ({
    socket: join(this.sandbox.folder, name),
    isCurrent: false,
    isLocked: false,
    canOpen: false,
    hasWarned: false,
  }));
  #issuer = '';
  #tokens = 0;
  /** The newest refresh token of the newest login. */
  #newest = '';
  readonly #spent = new Set<string>();
  /** Whether a refresh token was spent twice: then the issuer ends the login (RFC 9700 section 4.14.2). */
  #isEnded = false;
  #isFull = false;
  /** Whether a user has changed the file since an agent saved a refresh token. */
  #isTouched = false;

  /** @param env what the programs need to open a file of this form */
  constructor(form: FileForm, env: Record<string, string> = {}) {
    this.#form = form;
    this.#disk = mountSmallDisk(this.sandbox, 128);
    mkdirSync(this.folder);
    writeFileSync(this.passwordFile, PASSWORD);
    Object.assign(this.sandbox.env, env, { OIDC_CONFIG_DIR: this.folder });
  }

  async begin(): Promise<void> {
    const issuer = await startIssuer({
      '/token': ({ form }, response) => {
        const given = form.refresh_token;
        if (given !== undefined && this.#spent.has(given)) this.#isEnded = true;
        if (given !== undefined) this.#spent.add(given);
        if (this.#isEnded) return void response.writeHead(400).end('{"error":"invalid_grant"}');
        const refresh_token = this.#newToken();
        response.end(
          JSON.stringify({ access_token: `for ${refresh_token}`, expires_in: 3600, refresh_token }),
        );
      },
    });
    this.#issuer = issuer.metadata.issuer;
    await Promise.all(this.#agents.map((agent) => this.#start(agent)));
    await this.#writeNewFile(this.#newToken());
  }

  /** @param step what is done, and after `at ` the number of the agent if one does it */
  async do(step: string): Promise<void> {
    const [, action = step, number = 0] = /^(.*) at (\d)$/.exec(step) ?? [];
    const agent = this.#agents[Number(number)];
    if (agent === undefined) throw new RangeError(step);
    if (action.startsWith('load with ')) await this.#load(agent, action.slice('load with '.length));
    else if (action === 'rotate') await this.#rotate(agent);
    else if (action === 'reauthenticate') await this.#reauthenticate(agent);
    else if (action === 'unload') await this.#unload(agent);
    else if (action === 'lock' || action === 'unlock') await this.#lock(agent, action);
    else if (action === 'kill') await this.#end(agent, 'SIGKILL');
    else if (action === 'restart') await this.#restart(agent);
    else if (action === 'fill the disk' || action === 'make room') this.#fill(action === 'fill the disk');
    else this.#touchFile(action);
    expect(this.#isEnded, 'a refresh token was spent twice').toBe(false);
  }

  /** After all of it: as soon as everything is in order again, so is the file. */
  async finish(): Promise<void> {
    this.#fill(false);
    this.#touchFile('bring the folder back');
    for (const agent of this.#agents) await this.#lock(agent, 'unlock');
    // The one that has the newest refresh token first: it may be in memory only.
    for (const agent of this.#agents.toSorted((a, b) => Number(b.isCurrent) - Number(a.isCurrent))) {
      await this.#load(agent, 'key');
      await this.#rotate(agent);
      expect(await this.#onDisk()).toBe(this.#newest);
    }
  }

  async close(): Promise<void> {
    this.#disk?.makeRoom();
    for (const agent of this.#agents) await this.#stop(agent, 'SIGKILL');
    await this.sandbox.close();
  }

  get #file(): string {
    return join(this.folder, 'wlcg');
  }

  #newToken(): string {
    this.#tokens += 1;
    this.#newest = `refresh token ${this.#tokens}`;
    return this.#newest;
  }

  /** Only this agent has the newest refresh token. */
  #onlyIn(agent: Agent | undefined): void {
    for (const other of this.#agents) other.isCurrent = other === agent;
  }

  /**
   * Whether an agent can know the newest refresh token: it has it in memory, or the file has it. A file that was deleted or restored does
   * not show that it once had a newer one.
   */
  async #canKnow(agent: Agent): Promise<boolean> {
    return agent.isCurrent || (await this.#onDisk()) === this.#newest;
  }

  async #load(agent: Agent, form: string): Promise<void> {
    const { info: held, message } = await this.#ask(agent, { request: 'loaded_accounts' });
    if (message === 'Agent locked') return;
    const isHeld = Array.isArray(held) && held.includes('wlcg');
    const isLost = !this.#agents.some(({ isCurrent }) => isCurrent);
    // The agent that had the newest refresh token was killed after it had warned of that. So a new login is needed.
    if (isLost && (await this.#onDisk()) !== this.#newest) await this.#renewLogin();
    const account = await this.#read();
    // A full disk has no room for the new login.
    if (account === undefined || !(await this.#canKnow(agent))) return;
    if (!isHeld && account.refresh_token?.reveal() !== this.#newest) return;
    if (form === cProgram) return await this.#loadWithCProgram(agent, isHeld);
    const known = await Object.entries(forms).find(([name]) => name === form)?.[1](this);
    const before = readFileSync(this.#file, 'utf8');
    const answer = await this.#ask(agent, {
      request: 'add',
      config: accountToJson(account),
      plain_add: 1,
      ...known,
    });
    if (!form.startsWith('a wrong') || this.#form !== 'a password') {
      if (answer.status !== 'success') return;
      if (!isHeld) Object.assign(agent, { isCurrent: true, canOpen: false });
      agent.canOpen ||= form !== 'nothing' || this.#form !== 'a password';
      return;
    }
    expect(answer.message).toBe('wrong password');
    if (!isHeld) expect(readFileSync(this.#file, 'utf8')).toBe(before);
  }

  async #loadWithCProgram(agent: Agent, isHeld: boolean): Promise<void> {
    // Version 4 opens no other files.
    if (this.#form !== 'a password') return;
    const { code, stderr } = await this.sandbox.run('oidc-add', ['--pw-env=P', 'wlcg'], {
      suite: 'c',
      env: { OIDC_SOCK: agent.socket, P: PASSWORD },
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    if (isHeld) return;
    this.#onlyIn(agent);
    agent.canOpen = false;
    agent.hasWarned = (await this.#onDisk()) !== this.#newest;
    expect(agent.hasWarned && !this.#isFull, 'no client got a warning').toBe(false);
  }

  async #rotate(agent: Agent): Promise<void> {
    if (!(await this.#canKnow(agent))) return;
    const answer = await this.#ask(agent, {
      request: 'access_token',
      account: 'wlcg',
      min_valid_period: -1,
    });
    if (answer.message !== undefined) {
      expect(answer.message).toMatch(/^account not loaded|^Agent locked|^No account configured/);
      return;
    }
    this.#onlyIn(agent);
    expect(answer.access_token).toBe(`for ${this.#newest}`);
    agent.hasWarned = /^warning: the new refresh token of 'wlcg' is not on disk yet: /.test(
      `${answer.info ?? ''}`,
    );
    if (agent.hasWarned) return;
    this.#isTouched = false;
    expect(await this.#onDisk(), 'no client got a warning').toBe(this.#newest);
  }

  async #reauthenticate(agent: Agent): Promise<void> {
    if (!(await this.#canKnow(agent))) return;
    const { status } = await this.#ask(agent, { request: 'reauthenticate', account: 'wlcg' });
    if (status !== 'success') return;
    this.#onlyIn(agent);
    // The client gets the new login, and sees that it cannot write the file.
    agent.hasWarned = (await this.#onDisk()) !== this.#newest;
  }

  async #unload(agent: Agent): Promise<void> {
    const { status } = await this.#ask(agent, { request: 'remove', account: 'wlcg' });
    if (status === 'success') agent.isCurrent = false;
  }

  async #lock(agent: Agent, request: 'lock' | 'unlock'): Promise<void> {
    const { status } = await this.#ask(agent, { request, password: 'sesame' });
    if (status === 'success') agent.isLocked = request === 'lock';
  }

  /** An agent that gets SIGTERM leaves the newest refresh token on disk, or its clients know that it cannot. */
  async #restart(agent: Agent): Promise<void> {
    const isInOrder = !this.#isFull && !agent.isLocked && agent.canOpen && existsSync(this.#file);
    const mustBeOnDisk = agent.isCurrent && (isInOrder || !(agent.hasWarned || this.#isTouched));
    await this.#end(agent, 'SIGTERM');
    if (mustBeOnDisk) expect(await this.#onDisk(), 'after SIGTERM').toBe(this.#newest);
  }

  #fill(isFull: boolean): void {
    this.#isFull = isFull && this.#disk !== undefined;
    if (isFull) this.#disk?.fill();
    else this.#disk?.makeRoom();
  }

  #touchFile(step: string): void {
    const isThere = existsSync(this.#file);
    if (step === 'back up') {
      if (isThere) copyFileSync(this.#file, this.#backup);
      return;
    }
    this.#isTouched = true;
    if (step === 'rename' && isThere) renameSync(this.#file, join(this.folder, 'other'));
    if (step === 'delete') rmSync(this.#file, { force: true });
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
  async #ask(
    { socket: socketPath }: Agent,
    request: { request: string } & Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    try {
      return { ...(await exchange(request, { socketPath })) };
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #start(agent: Agent): Promise<void> {
    agent.process = this.sandbox.spawn('oidc-agent', ['-d', '--json', '-a', agent.socket]);
    if (agent.process.stdout) await once(agent.process.stdout, 'data');
  }

  async #end(agent: Agent, signal: NodeJS.Signals): Promise<void> {
    await this.#stop(agent, signal);
    Object.assign(agent, { isCurrent: false, isLocked: false, hasWarned: false });
    await this.#start(agent);
  }

  async #stop(agent: Agent, signal: NodeJS.Signals): Promise<void> {
    const exit = agent.process && once(agent.process, 'exit');
    agent.process?.kill(signal);
    await exit;
  }

  /** As `oidc-gen --reauthenticate`, or as `oidc-gen` where no account is left. */
  async #renewLogin(): Promise<void> {
    const former = await this.#read();
    const refreshToken = this.#newToken();
    // A folder that comes back over a newer login, and a backup of another account, count as a login from elsewhere.
    rmSync(this.#away, { recursive: true, force: true });
    if (former === undefined) {
      rmSync(this.#backup, { force: true });
      await this.#writeNewFile(refreshToken);
      return;
    }
    const renewed = withRefreshToken(former, new Secret(refreshToken));
    const fileKey = this.#form === 'a password' ? await key : undefined;
    await writeAccountFile(this.#file, renewed, fileKey).catch(() => undefined);
  }

  async #writeNewFile(refreshToken: string): Promise<void> {
    const account = accountFromJson({
      name: 'wlcg',
      issuer_url: this.#issuer,
      client_id: 'client',
      refresh_token: refreshToken,
      username: 'somebody',
      password: 'a password',
    });
    try {
      if (this.#form === 'nothing') writeFileSync(this.#file, printAccount(account));
      else await writeAccountFile(this.#file, account, this.#form === 'a password' ? await key : this.#form);
    } catch {
      // A full disk has no room for a new login: oidc-gen looks for it before.
    }
  }

  async #read() {
    const passwords = passwordSource({ account: 'wlcg', variable: 'P', env: { P: PASSWORD } });
    return await readAccountFile(this.#file, passwords, await key).then(
      ({ account }) => account,
      () => undefined,
    );
  }

  async #onDisk(): Promise<string | undefined> {
    return (await this.#read())?.refresh_token?.reveal();
  }
}
