/** Finds lock files that were left behind: their owner has ended, or has lost track of them. */
import type { Lease } from './lease.ts';
import type { SeenLock } from './lock-file.ts';
import { parseOwner, whereabouts } from './lock-owner.ts';

/** The texts of the locks that this process holds or is about to hold; any other in its name was left behind. */
const ours = new Set<string>();

/**
 * Notes that this process holds a lock, or is about to.
 * @param text the text of the lock file
 * @returns ends this
 */
export function keepAsOurs(text: string): () => void {
  ours.add(text);
  return () => {
    ours.delete(text);
  };
}

/**
 * Whether a lock was left behind, so that another process may take it.
 * @param lease of this lock file, for an owner elsewhere
 */
export function isLeftBehind(seen: SeenLock, lease: Lease): boolean {
  const owner = parseOwner(seen.text);
  switch (owner === undefined ? 'elsewhere' : whereabouts(owner)) {
    case 'this process':
      return !ours.has(seen.text);
    case 'running':
      return false;
    case 'ended':
      return true;
    case 'elsewhere':
      return lease.isOver(seen);
  }
}
