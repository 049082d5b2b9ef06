/**
 * The host's functions for the sleeping agent: system calls, and the cipher (../../host). Addresses are those of this module's
 * memory, paths end with a NUL. A negative result is a negated system error.
 */

/** Accepts a client; its socket does not block. */
export declare function accept(listener: i32): i32;
export declare function read(fd: i32, to: usize, size: i32): i32;
/** Writes without a signal if the reader has gone. */
export declare function write(fd: i32, from: usize, size: i32): i32;
export declare function close(fd: i32): void;
/** Waits by poll(2) for entries of `struct pollfd`, eight bytes each: descriptor, events, results. */
export declare function poll(entries: usize, count: i32, milliseconds: i32): i32;
/** Seconds of CLOCK_MONOTONIC, which is `process.hrtime` of the Node program. */
export declare function steady(): f64;
/** Seconds since the epoch. */
export declare function wall(): f64;
/** Binds a socket of mode 0600, or 0660 for a group (-1 for none), and listens. @returns its descriptor */
export declare function listen(path: usize, group: i32): i32;
/** Gives a folder to a group (0710). */
export declare function share(folder: usize, group: i32): i32;
/** Writes device, inode and mode, eight bytes each; does not follow a symbolic link. */
export declare function identify(path: usize, to: usize): i32;
export declare function rename(from: usize, to: usize): i32;
export declare function removeFile(path: usize): i32;
export declare function removeFolder(path: usize): i32;
/** Creates a new file of mode 0600 with the process id of this process in it. */
export declare function writeProcessId(path: usize): i32;
/** Whether a file holds the process id of this process. */
export declare function holdsProcessId(path: usize): bool;
export declare function processId(): i32;
/** Writes two connected descriptors, four bytes each. The first one does not block, the second one does. */
export declare function channel(to: usize): i32;
/**
 * Starts Node with a script. It gets the descriptors as 3, 4, 5 and so on, in their order.
 * @returns its process id
 */
export declare function spawnNode(program: usize, script: usize, descriptors: usize, count: i32): i32;
/** As `spawnNode`, for a new version of this program, which says at descriptor 3 whether it could go on as this agent. */
export declare function spawnTrial(program: usize, descriptors: usize, count: i32): i32;
/**
 * Looks at two files and at the one that this program was started from, in a process of its own.
 * @returns the descriptor from which three numbers of eight bytes can be read then: each differs for another file, or for one that was
 * written since, and is 0 for none
 */
export declare function look(first: usize, second: usize): i32;
/** Keeps an inherited descriptor from the programs that are started. */
export declare function adopt(fd: i32): void;
/**
 * Becomes another program, which goes on as this process: reads the frames from its descriptor 0, and has the other descriptors under
 * the same numbers. @param fingerprint of the program, as `look` gives it. @returns only if that fails, or if another program is there
 */
export declare function become(
  program: usize,
  fingerprint: u64,
  frames: usize,
  size: i32,
  descriptors: usize,
  count: i32,
): i32;
/**
 * Takes notice of the end of a child, and writes four bytes: its exit code, or the number of the signal that ended it below 0.
 * @returns its process id; 0 if none has ended
 */
export declare function reap(to: usize): i32;
export declare function signal(process: i32, number: i32): void;
/** The descriptor from which signals are read, as `struct signalfd_siginfo` of 128 bytes. */
export declare function signals(): i32;
/** Files that this process may open. */
export declare function descriptorLimit(): i32;

/**
 * Makes a key pair for the client with this public key, of 44 characters. Writes the common key, of 32 bytes, and the public key to
 * send, of 44 characters and a NUL.
 * @returns false if the client's public key is malformed or a point of low order
 */
export declare function agree(clientKey: usize, commonKey: usize, ownKey: usize): bool;
/**
 * Decrypts a message of a client, of which `sealed` is what follows its length. There is room for 16 bytes behind the plaintext.
 * @returns false if it is malformed or was not made with this key
 */
export declare function open(commonKey: usize, sealed: usize, size: i32, to: usize): bool;
/** The bytes that `seal` needs for a plaintext of that size. */
export declare function sealRoom(size: i32): i32;
/** Encrypts an answer. @returns the size of the message */
export declare function seal(commonKey: usize, plain: usize, size: i32, to: usize): i32;
