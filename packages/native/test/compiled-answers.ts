/** What a sleeping agent answers, as a WebAssembly module in this process (../assembly/sleeper-answers.ts). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConstants } from '../../../scripts/native-constants.js';

const root = join(import.meta.dirname, '../../..');

/** The exports of the module. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  setProcessId(id: number): void;
  frameRoom(size: number): number;
  takeFrames(size: number): number;
  fallAsleep(): void;
  requestRoom(size: number): number;
  receive(size: number): number;
  answer(door: number, wall: number, steady: number): number;
  answerStart(): number;
  forgetRequest(): void;
}

/** The parts of WebAssembly that are used: TypeScript has them with the types of a browser alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** An agent that has just gone to sleep. */
export class SleepingAgent {
  readonly #module: Exports;

  /** @param frames what the Node program has left behind */
  constructor(module: object, frames: Uint8Array) {
    this.#module = new WebAssembly.Instance(module, {}).exports as Exports;
    this.#module.setProcessId(process.pid);
    this.#write(frames, (size) => this.#module.frameRoom(size));
    this.#module.takeFrames(frames.length);
    this.#module.fallAsleep();
  }

  /** Its answer to the bytes of a client, which come in pieces; undefined where Node has to answer, or where there is no request. */
  answer(pieces: readonly Uint8Array[], door: number, wall: number, steady: number): string | undefined {
    try {
      for (const piece of pieces) {
        this.#write(piece, (size) => this.#module.requestRoom(size));
        const end = this.#module.receive(piece.length);
        if (end < 0) return undefined;
        if (end === 0) continue;
        const size = this.#module.answer(door, wall, steady);
        if (size < 0) return undefined;
        return Buffer.from(this.#module.memory.buffer, this.#module.answerStart(), size).toString();
      }
      return undefined;
    } finally {
      this.#module.forgetRequest();
    }
  }

  #write(bytes: Uint8Array, room: (size: number) => number): void {
    const start = room(bytes.length);
    new Uint8Array(this.#module.memory.buffer).set(bytes, start);
  }
}

/** Compiles the module. */
export async function compileAnswers(): Promise<object> {
  await writeConstants();
  const folder = mkdtempSync(join(tmpdir(), 'jeton-answers-'));
  const outfile = join(folder, 'answers.wasm');
  execFileSync(process.execPath, [
    join(root, 'node_modules/assemblyscript/bin/asc.js'),
    join(import.meta.dirname, '../assembly/sleeper-answers.ts'),
    ...['--outFile', outfile, '-O3', '--runtime', 'minimal', '--use', 'abort='],
  ]);
  const module = new WebAssembly.Module(readFileSync(outfile));
  rmSync(folder, { recursive: true });
  return module;
}
