/**
 * Reads every file that jeton has not just written itself. The path may lead to anything: a pipe, a device, a terabyte, a loop of
 * symbolic links, a file on a server that does not answer.
 *
 * A read that hangs keeps its thread, because a call of the system cannot be cancelled. So all readers of a path share one thread,
 * all paths of a folder have two, and all reads together have a small share of the threads. When hanging reads have taken the
 * whole share, files in other folders are read by child processes, which are killed at the deadline. So a request waits only for
 * its own files, as long as fewer than a dozen folders hang.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemErrorCode } from '../system-error.ts';
import { forReading, Threads } from '../threads.ts';
import type { FileContent, ReadLimits } from './limits.ts';
import { checkFile, readRegular } from './read-regular.ts';

/** Milliseconds for one read, from the call to the last byte. */
export const FILE_DEADLINE_MS = 5_000;
/** Milliseconds that a read waits for a thread before it takes a child process instead. */
const THREAD_WAIT_MS = 1_000;
/** Milliseconds between two attempts to read an empty pipe. */
const PIPE_PAUSE_MS = 10;

/**
 * Reads a regular file, up to its last byte. The content is not older than the call.
 *
 * @throws the system's error; an error with the code `NOT_REGULAR`, `TOO_LARGE` or `NO_ANSWER` and a message for people
 */
export async function readFile(path: string, limits: ReadLimits): Promise<FileContent> {
  return await answered(path, inLine(path, limits));
}

/**
 * The identity of a file (see `FileContent.identity`), without reading it.
 * @throws as `readFile`
 */
export async function identityOf(path: string): Promise<string> {
  return (await readFile(path, { most: 0 })).identity;
}

/**
 * Waits for the disk's answer about a path until the deadline. Then the caller goes on; the disk may still answer
 * later.
 * @throws the errors of `answer`; an error with the code `NO_ANSWER`
 */
export async function answered<Result>(path: string, answer: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const { signal } = over;
  const silence = pause(FILE_DEADLINE_MS, undefined, { signal }).then(() => {
    throw noAnswer(path);
  });
  silence.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    over.abort();
  }
}

interface Line {
  now: Promise<FileContent>;
  next?: Promise<FileContent>;
}
const lines = new Map<string, Line>();

/**
 * Reads a path once at a time. A caller that comes during a read must not get its content, which may be older than the call and
 * have an old refresh token; all these callers share the next read.
 */
function inLine(path: string, limits: ReadLimits): Promise<FileContent> {
  const key = JSON.stringify([path, limits]);
  const line = lines.get(key);
  if (line === undefined) return startLine(key, () => read(path, limits));
  line.next ??= line.now.then(
    () => startLine(key, () => read(path, limits)),
    () => startLine(key, () => read(path, limits)),
  );
  return line.next;
}

function startLine(key: string, work: () => Promise<FileContent>): Promise<FileContent> {
  const line: Line = { now: work() };
  lines.set(key, line);
  const leave = () => {
    if (lines.get(key) === line && line.next === undefined) lines.delete(key);
  };
  line.now.then(leave, leave);
  return line.now;
}

async function read(path: string, limits: ReadLimits): Promise<FileContent> {
  const end = performance.now() + FILE_DEADLINE_MS;
  return await inFolder(dirname(path), async () => {
    const giveBack = await forReading.take(THREAD_WAIT_MS);
    if (giveBack === undefined) return await processes.use(() => readElsewhere(path, limits, end));
    try {
      // All callers may have given up by now.
      if (performance.now() > end) throw noAnswer(path);
      return await readHere(path, limits);
    } finally {
      giveBack();
    }
  });
}

const folders = new Map<string, Threads>();

async function inFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const threads = folders.get(folder) ?? new Threads(2);
  folders.set(folder, threads);
  try {
    return await threads.use(work);
  } finally {
    if (threads.areIdle) folders.delete(folder);
  }
}

async function readHere(path: string, limits: ReadLimits): Promise<FileContent> {
  const { most } = limits;
  const handle = await open(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    const { size: claimed, identity } = checkFile(path, limits, await handle.stat({ bigint: true }));
    const pieces: Buffer[] = [];
    for (let size = 0; most > 0; ) {
      const piece = Buffer.alloc(Math.min(most, Math.max(claimed, 4096)) + 1);
      const read = await readPiece(handle, piece);
      if (read === 0) break;
      pieces.push(piece.subarray(0, read));
      size += read;
      checkFile(path, limits, undefined, size);
    }
    return { bytes: Buffer.concat(pieces), identity };
  } finally {
    await handle.close();
  }
}

/** Reads a piece, and gives its number of bytes; 0 at the end. An empty pipe is tried again later, so that no thread waits for its writer. */
async function readPiece(handle: FileHandle, piece: Buffer): Promise<number> {
  for (const end = performance.now() + FILE_DEADLINE_MS; ; await pause(PIPE_PAUSE_MS)) {
    try {
      return (await handle.read(piece)).bytesRead;
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN' || performance.now() > end) throw error;
    }
  }
}

/** The most child processes at once. Each runs Node. */
const processes = new Threads(8);
/** Bytes of room for the identity of a file. */
const HEADER_BYTES = 1024;

/**
 * Reads a file in a child process, which can be killed at the deadline even if a call of the system hangs.
 * @param end the deadline, by `performance.now()`
 */
async function readElsewhere(path: string, limits: ReadLimits, end: number): Promise<FileContent> {
  const timeout = Math.ceil(end - performance.now());
  if (timeout <= 0) throw noAnswer(path);
  const program = `
    const [path, limits] = JSON.parse(process.argv[1]);
    try {
      const { identity, bytes } = (${readRegular})(path, limits, ${checkFile});
      process.stdout.write(identity + '\\n');
      process.stdout.write(bytes);
    } catch ({ code, message }) {
      process.stdout.write(JSON.stringify({ code, message }));
      process.exitCode = 1;
    }`;
  const question = JSON.stringify([path, { ...limits, mayBePipe: false }]);
  return await new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['-e', program, question],
      {
        encoding: 'buffer',
        maxBuffer: limits.most + HEADER_BYTES,
        timeout,
        killSignal: 'SIGKILL',
        cwd: '/',
        env: {},
      },
      (error, output) => {
        if (error === null) {
          const line = output.indexOf('\n');
          return resolve({ identity: output.toString('utf8', 0, line), bytes: output.subarray(line + 1) });
        }
        const said = /^\{.*\}$/s.test(output.toString()) ? JSON.parse(output.toString()) : undefined;
        reject(
          said === undefined ? noAnswer(path) : Object.assign(new Error(said.message), { code: said.code }),
        );
      },
    );
  });
}

function noAnswer(path: string): Error {
  const message = `'${path}' does not answer within ${FILE_DEADLINE_MS / 1000} s`;
  return Object.assign(new Error(message), { code: 'NO_ANSWER' });
}
