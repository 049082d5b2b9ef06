/**
 * Locks between processes, the same as those of packages/agent/src/files/lock, for programs that cannot wait for one: they leave the rest
 * to Node, or try again later.
 */
import { lockFileName, ownerText } from './generated';
import { processExists, processId, userId } from './host';
import { fileText, LinkStatus, linkStatus, linkTarget, makeFile, removeFile } from './system';
import { EEXIST, EPERM } from './system-errors';
import { readObject, Value } from './text/json';

@final
export class Lock {
  private readonly file: string;
  /** The content of the file; empty as long as this process does not hold the lock. */
  private text: string = '';

  /** @param path the file that the lock protects, which need not exist */
  constructor(path: string) {
    const end = path.lastIndexOf('/') + 1;
    this.file = path.substring(0, end) + lockFileName(path.substring(end));
  }

  /** @returns 0; EEXIST if another process holds the lock; another error if no lock can be made there */
  take(): i32 {
    const error = this.make();
    if (error !== EEXIST) return error;
    const status = linkStatus(this.file);
    if (status.error === 0 && !mayBeOurs(status)) return EPERM;
    const seen = fileText(this.file);
    if (!isLeftBehind(seen)) return EEXIST;
    // Only a process that holds the lock of the lock file removes it: between a look and the removal another one could make its own.
    const guard = new Lock(this.file);
    const refusal = guard.take();
    if (refusal !== 0) return refusal;
    if (fileText(this.file) === seen) removeFile(this.file);
    guard.release();
    return this.make();
  }

  private make(): i32 {
    const text = new Owner(processId()).newText();
    const error = makeFile(this.file, text);
    if (error === 0) this.text = text;
    return error;
  }

  release(): void {
    // A process that was suspended for long may have lost it to another computer.
    if (this.text !== '' && fileText(this.file) === this.text) removeFile(this.file);
    this.text = '';
  }
}

/** A regular file that another user cannot have put into a folder for all. */
function mayBeOurs(status: LinkStatus): bool {
  return status.isRegular && (status.owner === userId() || status.owner === 0);
}

/** So many locks this process has made. */
let count = 0;

/** A process as a lock file names it. */
@final
class Owner {
  readonly started: string;
  readonly host: string = fileText('/proc/sys/kernel/hostname').trim();
  readonly boot: string = fileText('/proc/sys/kernel/random/boot_id').trim();
  readonly namespace: string = linkTarget('/proc/self/ns/pid');

  constructor(readonly process: i32) {
    this.started = new ProcessStatus(process).started;
  }

  newText(): string {
    const id = `${this.process}${this.started}${++count}`;
    return ownerText(id, this.process.toString(), this.started, this.host, this.boot, this.namespace);
  }
}

/** Whether the owner of a lock has ended; false also for one on another computer, in another container, or before a restart. */
function isLeftBehind(text: string): bool {
  const owner = readObject(text);
  if (owner === null) return false;
  const process = I32.parseInt(memberOf(owner, 'pid'));
  const present = new Owner(process);
  const isHere =
    memberOf(owner, 'host') === present.host &&
    memberOf(owner, 'boot') === present.boot &&
    memberOf(owner, 'namespace') === present.namespace;
  if (!isHere || process < 1) return false;
  const status = new ProcessStatus(process);
  if (status.hasEnded) return true;
  const started = memberOf(owner, 'started');
  return status.started !== '' && started !== '' && status.started !== started;
}

/** Empty for a member that is not there. */
function memberOf(owner: Map<string, Value>, name: string): string {
  return owner.has(name) ? owner.get(name).text : '';
}

/** A process as proc_pid_stat(5) describes it; the rules are those of packages/agent/src/files/process.ts. */
@final
class ProcessStatus {
  private readonly fields: string[];

  constructor(private readonly process: i32) {
    const text = fileText(`/proc/${process}/stat`);
    // The second field is the program's name in parentheses, which may hold anything.
    this.fields = text.substring(text.lastIndexOf(')') + 2).split(' ');
  }

  private field(index: i32): string {
    return index < this.fields.length ? this.fields[index] : '';
  }

  /** Empty if the system does not say it. */
  get started(): string {
    return this.field(19);
  }

  get hasEnded(): bool {
    if (!processExists(this.process)) return true;
    // A killed process has ended when its last thread has left the kernel.
    return (this.field(0) === 'Z' || this.field(0) === 'X') && I32.parseInt(this.field(17)) <= 1;
  }
}
