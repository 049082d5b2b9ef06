/** One account, its file and its issuer, and two agents that use it: what `e2e/faults/never-lost.test.ts` plays with. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { expect } from 'vitest';
import { accountToJson } from '../../../packages/agent/src/accounts/account.ts';
import { PASSWORD } from '../../support/agent/accounts.ts';
import { Sandbox } from '../../support/computer/sandbox.ts';
import { AccountFile, type FileForm } from './account-file.ts';
import { C_PROGRAM, openingOf } from './openings.ts';
import { ReplacingIssuer } from './replacing-issuer.ts';

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
  readonly #sandbox = new Sandbox();
  readonly #passwordFile = join(this.#sandbox.folder, 'password');
  readonly #file: AccountFile;
  readonly #issuer = new ReplacingIssuer();
  readonly #agents: Agent[] = ['one', 'two'].map((name) => ({
    socket: join(this.#sandbox.folder, name),
    isCurrent: false,
    isLocked: false,
    canOpen: false,
    hasWarned: false,
  }));

  /** @param env what the programs need to open a file of this form */
  constructor(form: FileForm, env: Record<string, string> = {}) {
    this.#file = new AccountFile(this.#sandbox, form);
    writeFileSync(this.#passwordFile, PASSWORD);
    Object.assign(this.#sandbox.env, env, { OIDC_CONFIG_DIR: this.#file.folder });
  }

  async begin(): Promise<void> {
    await this.#issuer.start();
    await Promise.all(this.#agents.map((agent) => this.#start(agent)));
    await this.#file.writeNew(this.#issuer.url, this.#issuer.newToken());
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
    else if (action === 'fill the disk') this.#file.fillDisk();
    else if (action === 'make room') this.#file.makeRoom();
    else this.#file.touch(action);
    expect(this.#issuer.isEnded, 'a refresh token was spent twice').toBe(false);
  }

  /** After all of it: as soon as everything is in order again, so is the file. */
  async finish(): Promise<void> {
    this.#file.makeRoom();
    this.#file.touch('bring the folder back');
    for (const agent of this.#agents) await this.#lock(agent, 'unlock');
    // The one that has the newest refresh token first: it may be in memory only.
    for (const agent of this.#agents.toSorted((a, b) => Number(b.isCurrent) - Number(a.isCurrent))) {
      await this.#load(agent, 'key');
      await this.#rotate(agent);
      expect(await this.#file.refreshToken()).toBe(this.#issuer.newest);
    }
  }

  async close(): Promise<void> {
    this.#file.makeRoom();
    for (const agent of this.#agents) await this.#stop(agent, 'SIGKILL');
    await this.#sandbox.close();
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
    return agent.isCurrent || (await this.#file.refreshToken()) === this.#issuer.newest;
  }

  async #load(agent: Agent, form: string): Promise<void> {
    const { info: held, message } = await this.#ask(agent, { request: 'loaded_accounts' });
    if (message === 'Agent locked') return;
    const isHeld = Array.isArray(held) && held.includes('wlcg');
    const isLost = !this.#agents.some(({ isCurrent }) => isCurrent);
    // The agent that had the newest refresh token was killed after it had warned of that. So a new login is needed.
    if (isLost && (await this.#file.refreshToken()) !== this.#issuer.newest)
      await this.#file.renewLogin(this.#issuer.url, this.#issuer.newToken());
    const account = await this.#file.read();
    // A full disk has no room for the new login.
    if (account === undefined || !(await this.#canKnow(agent))) return;
    if (!isHeld && account.refresh_token?.reveal() !== this.#issuer.newest) return;
    if (form === C_PROGRAM) return await this.#loadWithCProgram(agent, isHeld);
    const before = this.#file.text;
    const answer = await this.#ask(agent, {
      request: 'add',
      config: accountToJson(account),
      plain_add: 1,
      ...(await openingOf(form, this.#passwordFile)),
    });
    if (!form.startsWith('a wrong') || !this.#file.hasPassword) {
      if (answer.status !== 'success') return;
      if (!isHeld) Object.assign(agent, { isCurrent: true, canOpen: false });
      agent.canOpen ||= form !== 'nothing' || !this.#file.hasPassword;
      return;
    }
    expect(answer.message).toBe('wrong password');
    if (!isHeld) expect(this.#file.text).toBe(before);
  }

  async #loadWithCProgram(agent: Agent, isHeld: boolean): Promise<void> {
    // Version 4 opens no other files.
    if (!this.#file.hasPassword) return;
    const { code, stderr } = await this.#sandbox.run('oidc-add', ['--pw-env=P', 'wlcg'], {
      suite: 'c',
      env: { OIDC_SOCK: agent.socket, P: PASSWORD },
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    if (isHeld) return;
    this.#onlyIn(agent);
    agent.canOpen = false;
    agent.hasWarned = (await this.#file.refreshToken()) !== this.#issuer.newest;
    expect(agent.hasWarned && !this.#file.isDiskFull, 'no client got a warning').toBe(false);
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
    expect(answer.access_token).toBe(`for ${this.#issuer.newest}`);
    agent.hasWarned = /^warning: the new refresh token of 'wlcg' is not on disk yet: /.test(
      `${answer.info ?? ''}`,
    );
    if (agent.hasWarned) return;
    this.#file.isTouched = false;
    expect(await this.#file.refreshToken(), 'no client got a warning').toBe(this.#issuer.newest);
  }

  async #reauthenticate(agent: Agent): Promise<void> {
    if (!(await this.#canKnow(agent))) return;
    const { status } = await this.#ask(agent, { request: 'reauthenticate', account: 'wlcg' });
    if (status !== 'success') return;
    this.#onlyIn(agent);
    // The client gets the new login, and sees that it cannot write the file.
    agent.hasWarned = (await this.#file.refreshToken()) !== this.#issuer.newest;
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
    const isInOrder = !this.#file.isDiskFull && !agent.isLocked && agent.canOpen && this.#file.exists;
    const mustBeOnDisk = agent.isCurrent && (isInOrder || !(agent.hasWarned || this.#file.isTouched));
    await this.#end(agent, 'SIGTERM');
    if (mustBeOnDisk) expect(await this.#file.refreshToken(), 'after SIGTERM').toBe(this.#issuer.newest);
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
    agent.process = this.#sandbox.spawn('oidc-agent', ['-d', '--json', '-a', agent.socket]);
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
}
