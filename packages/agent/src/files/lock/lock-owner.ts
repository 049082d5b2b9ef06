/** The owner of a lock: the text in the lock file, and whether the owning process still runs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as v from 'valibot';
import { FileError } from '../errors.ts';
import { isAlive, startTime } from '../process.ts';
import { uniqueDigits } from '../unique.ts';

const Owner = v.object({
  /** No two locks are the same, even of one process. */
  id: v.string(),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** When the process began; see `startTime`. */
  started: v.exactOptional(v.string()),
  host: v.string(),
  /** Host names are not unique, and process numbers mean something within one boot and one namespace only. */
  boot: v.exactOptional(v.string()),
  namespace: v.exactOptional(v.string()),
});
export type Owner = v.InferOutput<typeof Owner>;

/** The text of a new lock of this process. */
export function newOwnerText(): string {
  return ownerText({ id: uniqueDigits() + uniqueDigits(), ...thisProcess() });
}

/** The content of a lock file. */
export const ownerText = (owner: Owner) => `${JSON.stringify(owner)}\n`;

/** The owner that a lock file names; undefined if its text is not, or not yet, one of ours. */
export function parseOwner(text: string): Owner | undefined {
  try {
    return v.parse(Owner, JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Locates the owner of a lock: `this process`, another process of this computer that is `running` or has `ended`, or
 * `elsewhere`, which is unknown: on another computer, in another container, or from before a restart.
 */
export function whereabouts(owner: Owner): 'this process' | 'running' | 'ended' | 'elsewhere' {
  const here = thisProcess();
  if (owner.host !== here.host || owner.boot !== here.boot || owner.namespace !== here.namespace) {
    return 'elsewhere';
  }
  if (owner.pid === here.pid) return owner.started === here.started ? 'this process' : 'ended';
  if (!isAlive(owner.pid)) return 'ended';
  const started = startTime(owner.pid);
  const isAnother = started !== undefined && owner.started !== undefined && started !== owner.started;
  return isAnother ? 'ended' : 'running';
}

/**
 * The error for a process that has waited for the lock of a file until its deadline.
 * @param file the lock file
 * @param seen the content of the lock file
 */
export function locked(path: string, file: string, seen: { readonly text: string } | undefined): FileError {
  const owner = seen && parseOwner(seen.text);
  const holder = owner ? `process ${owner.pid} on ${owner.host}` : 'another process';
  return new FileError('locked', `'${path}' is in use by ${holder}`, {
    hints: [`try again when it has finished; if it hangs, end it; if no such process runs, remove ${file}`],
  });
}

let known: Omit<Owner, 'id'> | undefined;

function thisProcess(): Omit<Owner, 'id'> {
  if (known === undefined) {
    const started = startTime(process.pid);
    const boot = tryTo(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    const namespace = tryTo(() => readlinkSync('/proc/self/ns/pid'));
    known = {
      pid: process.pid,
      ...(started !== undefined && { started }),
      host: hostname(),
      ...(boot !== undefined && { boot }),
      ...(namespace !== undefined && { namespace }),
    };
  }
  return known;
}

function tryTo(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
