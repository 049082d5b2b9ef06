/** The descriptors that one round of the agent waits for, as poll(2) takes them. */
import * as host from './host';

export const READABLE: i32 = 1;
export const WRITABLE: i32 = 4;

/** `struct pollfd`: four bytes with the descriptor, two with the events to wait for, two with those that happened. */
const ENTRY_SHIFT: i32 = 3;

@final
export class Events {
  private entries: usize = 0;
  private room: i32 = 0;
  /** How many entries there are. */
  size: i32 = 0;

  /** Begins a new list. */
  clear(): void {
    this.size = 0;
  }

  /**
   * Adds a descriptor to the list; a negative one counts, but nothing happens to it.
   * @returns the index of the entry
   */
  add(fd: i32, events: i32): i32 {
    if (this.size === this.room) this.grow();
    const at = this.entries + (this.size << ENTRY_SHIFT);
    store<i32>(at, fd);
    store<i16>(at, <i16>events, 4);
    store<i16>(at, 0, 6);
    return this.size++;
  }

  private grow(): void {
    const room = max(this.room * 2, 16);
    const entries = heap.alloc(room << ENTRY_SHIFT);
    if (this.entries !== 0) {
      memory.copy(entries, this.entries, this.size << ENTRY_SHIFT);
      heap.free(this.entries);
    }
    this.entries = entries;
    this.room = room;
  }

  /** Waits until something happens to a descriptor of the list. */
  wait(milliseconds: i32): void {
    host.poll(this.entries, this.size, milliseconds);
  }

  happened(index: i32): bool {
    return load<i16>(this.entries + (index << ENTRY_SHIFT), 6) !== 0;
  }
}
