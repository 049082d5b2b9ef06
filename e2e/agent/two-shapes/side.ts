import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '@jeton/protocol';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { RawClient } from '../../../packages/agent/test/raw-client.ts';
import { sharedGroup } from '../../support/agent/group-member.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../../support/agent/logins.ts';
import { Sandbox } from '../../support/computer/sandbox.ts';
import { childrenOf, endProcess } from '../../support/processes.ts';
import { WatchedIam } from '../../support/servers/watched-iam.ts';
import { until } from '../../support/until.ts';
import { type Programs, wallClock } from './programs.ts';

export const ACCOUNTS = ['a', 'b'];

/** How a client asks. */
export interface Manner {
  readonly isEncrypted?: boolean;
  /** Whether it comes to the door of the group's members, and not to the owner's. */
  readonly isMember?: boolean;
}

/** An agent with a home, an issuer and a clock of its own. The issuer replaces each refresh token, and ends a login when one comes twice. */
export class Side {
  readonly #sandbox: Sandbox;
  readonly #program: string;
  readonly #socket: string;
  readonly #clock: string;
  /** See `decidedUser` in programs.ts. */
  readonly #user: string;
  readonly iam: WatchedIam;
  #pid = 0;

  private constructor(programs: Programs, iam: WatchedIam, sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.iam = iam;
    this.#program = programs.agent;
    this.#socket = join(sandbox.folder, 'agent');
    this.#clock = sandbox.env.JETON_TEST_CLOCK ?? '';
    this.#user = sandbox.env.JETON_TEST_USER ?? '';
  }

  /** @param sleepAfter seconds, or `never` */
  static async start(programs: Programs, sleepAfter: string): Promise<Side> {
    const sandbox = new Sandbox();
    const clock = join(sandbox.folder, 'clock');
    const user = join(sandbox.folder, 'user');
    const variables = { JETON_SLEEP_AFTER: sleepAfter, JETON_TEST_CLOCK: clock, JETON_TEST_USER: user };
    Object.assign(sandbox.env, variables);
    const iam = await WatchedIam.start(sandbox, ACCOUNTS, { behaviour: { rotation: 'detect-reuse' } });
    const side = new Side(programs, iam, sandbox);
    side.setClock(0);
    side.decide(false);
    for (const account of ACCOUNTS) await makeAccount(sandbox, iam, account);
    await side.#start();
    return side;
  }

  async #start(): Promise<void> {
    const args = ['-a', this.#socket, `--with-group=${sharedGroup}`, '--json'];
    const { stdout, stderr } = await this.#sandbox.run(this.#program, args);
    const { dpid } = JSON.parse(stdout || JSON.stringify({ error: stderr }));
    if (dpid === undefined) throw new Error(`no agent: ${stdout}${stderr}`);
    const pid = Number(dpid);
    if (pid === this.#pid) throw new Error('the agent that was killed is still there');
    this.#pid = pid;
    this.#sandbox.onClose(() => endProcess(pid, 'SIGKILL'));
  }

  /** Sends a request, in which `https://issuer/` stands for the issuer. */
  async ask(request: object, { isEncrypted = false, isMember = false }: Manner = {}): Promise<Answer> {
    const text = JSON.stringify(request).replaceAll('https://issuer/', this.iam.issuer);
    const client = new RawClient(isMember ? `${this.#socket}.group` : this.#socket);
    if (!isEncrypted) {
      await client.write(text);
      return JSON.parse(await client.answer());
    }
    const channel = new EncryptedChannel();
    const next = client.next();
    await client.write(channel.publicKey);
    const key = await next;
    channel.setPeer(key);
    await client.write(channel.seal(text));
    return JSON.parse(channel.open((await client.answer()).slice(key.length)));
  }

  /**
   * @param options members of the request `add`
   * @throws AgentError
   */
  async load(account: string, options: object): Promise<void> {
    await loadAccount(this.#sandbox, this.#socket, account, options);
  }

  /** Kills the Node program of an agent that sleeps, and that is awake. */
  async killNode(): Promise<void> {
    const [node] = childrenOf(this.#pid);
    if (node !== undefined) await endProcess(node, 'SIGKILL');
  }

  /**
   * Kills the Node program of an agent that sleeps while it does something for a client, who may get an answer or none.
   *
   * @param work what the client does
   * @param after milliseconds after its beginning
   */
  async killNodeDuring(work: () => Promise<unknown>, after: number): Promise<void> {
    const ended = work().catch(() => undefined);
    await Promise.race([ended, pause(after)]);
    await this.killNode();
    await ended;
  }

  /**
   * Kills that program when it has asked the issuer for a token of the account, which the issuer does not get to know.
   *
   * @returns false if it has not asked
   */
  async killNodeAtIssuer(work: () => Promise<unknown>, account: string): Promise<boolean> {
    const refresh = this.iam.hold(account);
    const ended = work().catch(() => undefined);
    const hasAsked = await Promise.race([ended.then(() => false), refresh.arrived.then(() => true)]);
    await this.killNode();
    refresh.drop();
    await ended;
    return hasAsked;
  }

  /** Kills the agent; the user starts another one at once. */
  async killAgent(): Promise<void> {
    await endProcess(this.#pid, 'SIGKILL');
    await this.#start();
  }

  /** Waits until the Node program of an agent that sleeps is gone. */
  async asleep(): Promise<void> {
    const deadline = performance.now() + 60_000;
    await until(() => childrenOf(this.#pid).length === 0 || performance.now() > deadline);
    if (childrenOf(this.#pid).length > 0) throw new Error('the agent does not go to sleep');
  }

  /** Whether the user agrees to everything from now on. */
  decide(isWilling: boolean): void {
    writeFileSync(this.#user, isWilling ? 'willing' : 'unwilling');
  }

  /** @param ahead seconds that the agent's wall clock is ahead of the computer's */
  setClock(ahead: number): void {
    writeFileSync(this.#clock, String(ahead));
  }

  /** Where its files are. */
  get folder(): string {
    return this.#sandbox.folder;
  }

  /** Seconds since the epoch, by the agent's clock. */
  get now(): number {
    return wallClock(this.#clock);
  }

  /** Throws if a login was lost, or if the file of an account has not the newest refresh token. */
  async finish(): Promise<void> {
    for (const account of ACCOUNTS) {
      await this.iam.settled(account);
      const saved = await refreshTokenOnDisk(this.#sandbox, account);
      if (saved !== this.iam.newest(account))
        throw new Error(`the file of ${account} has an old refresh token`);
    }
    if (this.iam.control.revokedFamilies.length > 0) throw new Error('a login was lost');
  }

  async close(): Promise<void> {
    await this.#sandbox.close();
  }
}
