/**
 * The host's functions for this program: system calls only (../host). Addresses are those of this module's
 * memory, output texts end with a NUL. A negative result is a negated system error.
 */

/** Results in place of an exit code: the host becomes the Node program ... */
export const HAND_OVER: i32 = -1;
/** ... or starts the one that continues in the background, and waits for its report. */
export const LAUNCH: i32 = -2;

/** The length of an argument or a variable in bytes, -1 if it does not exist. `copyText` then copies it. */
export declare function argument(index: i32): i32;
export declare function variable(name: usize): i32;
export declare function copyText(to: usize): void;

export declare function userId(): u32;
export declare function isTerminal(fd: i32): bool;
/** Milliseconds of a monotonic clock. */
export declare function now(): i64;

/** The time limit for connecting and the answer together. */
export declare function timeoutSeconds(): i64;

/** Writes mode and owner, four bytes each, to `status`; symbolic links are not followed. */
export declare function linkStatus(path: usize, status: usize): i32;
/** Whether the path may be read, by access(2). */
export declare function mayRead(path: usize): i32;
/** Whether the path may be run, by access(2). */
export declare function mayRun(path: usize): i32;
export declare function processId(): i32;
/** Whether a process with this id is there, perhaps another one than before. */
export declare function processExists(process: i32): bool;
/** Writes the first `size` bytes of the target of a symbolic link. @returns how many these are */
export declare function linkTarget(path: usize, to: usize, size: i32): i32;
/** Creates a folder (0700). */
export declare function makeFolder(path: usize): i32;
/** Creates a file that is not there yet (0600), with a content that ends with a NUL. */
export declare function makeFile(path: usize, content: usize): i32;
export declare function removeFile(path: usize): i32;
/** Whether a process accepts connections at a path: 0, or the error of connect(2). */
export declare function reach(path: usize): i32;
/**
 * Starts the agent that sleeps as a process of its own, with so many bytes to read, and waits for its report.
 * @returns its process id; 0 if it has not started
 */
export declare function startSleeper(program: usize, bytes: usize, size: i32): i32;
/**
 * Has oidc-agent-foreground.cjs start the agent, and becomes the agent that sleeps when that says how.
 * @returns the exit code of the Node program, if it has ended without that
 */
export declare function stay(program: usize): i32;
/** Opens a file for reading. */
export declare function openFile(path: usize): i32;
/**
 * Connects a socket that does not block; EAGAIN if the agent's queue of connections stayed full for that time, which
 * must exceed 0.
 */
export declare function connect(path: usize, milliseconds: i32): i32;
export declare function read(fd: i32, to: usize, size: i32): i32;
/** Writes without a signal if the reader has gone. */
export declare function write(fd: i32, from: usize, size: i32): i32;
export declare function close(fd: i32): void;
/** Waits by poll(2). 0 when the time is over; a signal counts as an event of its own. */
export declare function poll(fd: i32, events: i32, milliseconds: i32): i32;
