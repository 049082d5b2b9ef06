/** The programs that get a token, and what a call of each takes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasDebianSuite, programPath } from '../../e2e/support/computer/programs.ts';
import type { Sandbox } from '../../e2e/support/computer/sandbox.ts';
import { compileC } from './compile.ts';
import { root } from './root.ts';

const compiled = join(root, 'packages', 'native', 'dist', `linux-${process.arch}`, 'oidc-token');

const calls = compileC('calls');

/** The command of each program. Those of jeton come from `npm run build` and `npm run build:native`. */
export const commands = {
  compiled: [compiled],
  Node: [process.execPath, join(root, 'packages', 'agent', 'dist', 'oidc-token.cjs')],
  C: [programPath('oidc-token', 'c')],
  floor: [compileC('floor')],
} as const;

export type ProgramName = keyof typeof commands;

/** The installed ones, in the order of the table. */
export const programNames: readonly ProgramName[] = (['compiled', 'Node', 'C', 'floor'] as const).filter(
  (name) => name !== 'C' || hasDebianSuite,
);

export interface Calls {
  /** Of each call, from fork to exit. */
  readonly milliseconds: readonly number[];
  /** Of each call, in user and system mode. */
  readonly processorMs: readonly number[];
  /** Resident memory of each call at most. */
  readonly kibibytes: readonly number[];
  readonly perSecond: number;
}

/**
 * Runs a command so often, so many at once.
 *
 * @param socket of the agent to ask
 */
export async function measureCalls(
  sandbox: Sandbox,
  command: readonly string[],
  socket: string,
  count: number,
  atOnce = 1,
): Promise<Calls> {
  const args = [String(count), String(atOnce), ...command];
  const { stdout, stderr, code } = await sandbox.run(calls, args, { env: { OIDC_SOCK: socket } });
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  const lines = stdout.trim().split('\n');
  const total = Number(lines.pop());
  const columns = lines.map((line) => line.split(' ').map(Number));
  const column = (index: number) => columns.map((values) => values[index] ?? Number.NaN);
  return {
    milliseconds: column(0).map((microseconds) => microseconds / 1000),
    processorMs: column(1).map((microseconds) => microseconds / 1000),
    kibibytes: column(2),
    perSecond: (count / total) * 1e6,
  };
}

/** How many system calls one call makes, its threads included; undefined without strace. */
export async function countSystemCalls(
  sandbox: Sandbox,
  command: readonly string[],
  socket: string,
): Promise<number | undefined> {
  if (!existsSync('/usr/bin/strace')) return undefined;
  const output = join(sandbox.folder, 'strace');
  const args = ['-f', '-c', '-o', output, ...command];
  const { code } = await sandbox.run('/usr/bin/strace', args, { env: { OIDC_SOCK: socket } });
  if (code !== 0) return undefined;
  const [, count] = /^100\.00\s+\S+\s+\S+\s+(\d+)\s.*total$/m.exec(readFileSync(output, 'utf8')) ?? [];
  return count === undefined ? undefined : Number(count);
}
