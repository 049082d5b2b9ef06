import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '@jeton/protocol';
import { RawClient } from '../../../packages/agent/test/raw-client.ts';
import { loadAccount, makeAccount, refreshTokenOnDisk } from '../../support/agent/logins.ts';
import { Sandbox } from '../../support/computer/sandbox.ts';
import { childrenOf, endProcess } from '../../support/processes.ts';
import { WatchedIam } from '../../support/servers/watched-iam.ts';
import { until } from '../../support/until.ts';
import { type Programs, wallClock } from './programs.ts';

export const ACCOUNTS = ['a', 'b'];

/** An agent with a home, an issuer and a clock of its own. The issuer replaces each refresh token, and ends a login when one comes twice. */
export class Side {
  readonly #sandbox: Sandbox;
  readonly #program: string;
  readonly #socket: string;
  readonly #clock: string;
  readonly iam: WatchedIam;
  #pid = 0;

  private constructor(programs: Programs, iam: WatchedIam, sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.iam = iam;
    this.#program = programs.agent;
    this.#socket = join(sandbox.folder, 'agent');
    this.#clock = sandbox.env.JETON_TEST_CLOCK ?? '';
  }

  /** @param sleepAfter seconds, or `never` */
  static async start(programs: Programs, sleepAfter: string): Promise<Side> {
    const sandbox = new Sandbox();
    const clock = join(sandbox.folder, 'clock');
    Object.assign(sandbox.env, { JETON_SLEEP_AFTER: sleepAfter, JETON_TEST_CLOCK: clock });
    const iam = await WatchedIam.start(sandbox, ACCOUNTS, { behaviour: { rotation: 'detect-reuse' } });
    const side = new Side(programs, iam, sandbox);
    side.setClock(0);
    for (const account of ACCOUNTS) await makeAccount(sandbox, iam, account);
    await side.#start();
    return side;
  }

  async #start(): Promise<void> {
    const { stdout, stderr } = await this.#sandbox.run(this.#program, ['-a', this.#socket, '--json']);
    const { dpid } = JSON.parse(stdout || JSON.stringify({ error: stderr }));
    if (dpid === undefined) throw new Error(`no agent: ${stdout}${stderr}`);
    const pid = Number(dpid);
    if (pid === this.#pid) throw new Error('the agent that was killed is still there');
    this.#pid = pid;
    this.#sandbox.onClose(() => endProcess(pid, 'SIGKILL'));
  }

  /** Sends a request, in which `https://issuer/` stands for the issuer. */
  async ask(request: object): Promise<Answer> {
    const client = new RawClient(this.#socket);
    await client.write(JSON.stringify(request).replaceAll('https://issuer/', this.iam.issuer));
    return JSON.parse(await client.answer());
  }

  /** @throws AgentError */
  async load(account: string): Promise<void> {
    await loadAccount(this.#sandbox, this.#socket, account);
  }

  /** Kills the Node program of an agent that sleeps, and that is awake. */
  async killNode(): Promise<void> {
    const [node] = childrenOf(this.#pid);
    if (node !== undefined) await endProcess(node, 'SIGKILL');
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

  /** @param ahead seconds that the agent's wall clock is ahead of the computer's */
  setClock(ahead: number): void {
    writeFileSync(this.#clock, String(ahead));
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
