/**
 * How jeton reads every file that it has not just written itself. Somebody may have put anything there: a pipe, a device, a
 * terabyte, a loop of symbolic links, a file on a server that does not answer.
 *
 * A read that hangs keeps its thread, as nothing takes that back. So one path is read in one thread, however many ask, one folder
 * in two, and all reads together have a small share of the threads. When those that hang have taken the whole share, files in
 * other folders are read by processes of their own, which are killed at the deadline: also then nobody waits for a file of
 * somebody else, as long as fewer than a dozen folders hang.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FileContent, ReadLimits } from './limits.ts';
import { checkFile, readRegular } from './read-regular.ts';
import { systemErrorCode } from './system-error.ts';
import { forReading, Threads } from './threads.ts';

/** Milliseconds that a file has, from the question to its last byte. */
export const FILE_DEADLINE = 5_000;
/** Milliseconds after which who has no thread does without. */
const THREAD_PATIENCE = 1_000;
/** Milliseconds between two looks into a pipe. */
const PIPE_PAUSE = 10;

/**
 * Reads a regular file, up to its last byte. The content is not older than the call.
 *
 * @throws the system's error; an error with the code `NOT_REGULAR`, `TOO_LARGE` or `NO_ANSWER` and a message for people
 */
export async function readFile(path: string, limits: ReadLimits): Promise<FileContent> {
  return await answered(path, inLine(path, limits));
}

/** What tells a file from every other and from its former self, without reading it. Throws as `readFile`. */
export async function identityOf(path: string): Promise<string> {
  return (await readFile(path, { most: 0 })).identity;
}

/**
 * What the disk says about a path, or the error that it does not answer: who asks goes on, what was asked for may still come.
 * @throws what `answer` throws; an error with the code `NO_ANSWER`
 */
export async function answered<Result>(path: string, answer: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const { signal } = over;
  const silence = pause(FILE_DEADLINE, undefined, { signal }).then(() => {
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
 * One read of a path at a time. Who asks while it goes on must not get what was there before the question: there may be a newer
 * refresh token by now. All of these share the next one.
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
  const end = performance.now() + FILE_DEADLINE;
  return await inFolder(dirname(path), async () => {
    const giveBack = await forReading.take(THREAD_PATIENCE);
    if (giveBack === undefined) return await processes.use(() => readElsewhere(path, limits, end));
    try {
      // Whoever has asked may have given up long ago.
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

/** The bytes that were read; 0 at the end. A pipe whose writer still thinks is looked into again: no thread waits for it. */
async function readPiece(handle: FileHandle, piece: Buffer): Promise<number> {
  for (const end = performance.now() + FILE_DEADLINE; ; await pause(PIPE_PAUSE)) {
    try {
      return (await handle.read(piece)).bytesRead;
    } catch (error) {
      if (systemErrorCode(error) !== 'EAGAIN' || performance.now() > end) throw error;
    }
  }
}

/** Not many: each is a Node of its own. */
const processes = new Threads(8);
/** More than the identity of a file takes. */
const HEADER = 1024;

/**
 * Reads it in another process, which can be killed where a thread cannot: also in a call of the system that does not end.
 * @param end when it is, by `performance.now()`
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
        maxBuffer: limits.most + HEADER,
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
  const message = `'${path}' does not answer within ${FILE_DEADLINE / 1000} s`;
  return Object.assign(new Error(message), { code: 'NO_ANSWER' });
}
