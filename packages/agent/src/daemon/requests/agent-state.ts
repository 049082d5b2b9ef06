/** What has to survive the end of an agent's process: the accounts above all, and whether the agent is locked. */
import type { Accounts } from '../accounts/accounts.ts';
import type { AgentLock, SerializedAgentLock } from '../agent-lock/agent-lock.ts';
import { accountsOfIssuers, rememberIssuers } from '../configuration.ts';
import { OtherVersion } from '../failure.ts';
import type { MemoryFiles } from './for-c-clients/memory-files.ts';

/** Another version of this program may write another one. */
const STATE_VERSION = 1;

interface Snapshot {
  readonly version: number;
  readonly locked?: SerializedAgentLock | undefined;
  readonly accounts: string;
  readonly knowledge: Accounts['knowledge'];
  readonly issuers: ReturnType<typeof accountsOfIssuers>;
  readonly files: readonly (readonly [name: string, data: string])[];
  readonly brake: readonly [attempts: number, countedAt: number];
}

export class AgentState {
  readonly #accounts: Accounts;
  readonly #agentLock: AgentLock;
  readonly #files: MemoryFiles;

  constructor(accounts: Accounts, agentLock: AgentLock, files: MemoryFiles) {
    this.#accounts = accounts;
    this.#agentLock = agentLock;
    this.#files = files;
  }

  /** The state as text, with the secrets in clear text unless the agent is locked. Undefined while it is being locked. */
  snapshot(): string | undefined {
    const locked = this.#agentLock.serialized;
    if (this.#agentLock.isLocked && locked === undefined) return undefined;
    const snapshot: Snapshot = {
      version: STATE_VERSION,
      locked,
      accounts: this.#accounts.snapshot(),
      knowledge: this.#accounts.knowledge,
      issuers: accountsOfIssuers(),
      files: this.#files.all,
      brake: this.#agentLock.brake.state,
    };
    return JSON.stringify(snapshot);
  }

  /**
   * Goes on with a snapshot of another process.
   * @param used see `Accounts.restore`
   * @throws OtherVersion for one of another version
   */
  resume(snapshot: string, used: ReadonlySet<string>): void {
    const state: Snapshot = JSON.parse(snapshot);
    if (state.version !== STATE_VERSION) throw new OtherVersion();
    this.#accounts.restoreKnowledge(state.knowledge);
    rememberIssuers(state.issuers);
    this.#accounts.restore(state.accounts, used);
    this.#agentLock.brake.restore(state.brake);
    for (const [name, data] of state.files) this.#files.write(name, data);
    if (state.locked !== undefined) this.#agentLock.restore(state.locked);
  }
}
