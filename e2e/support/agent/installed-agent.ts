/** An agent of an installation that a test may damage: a copy of the programs, and of node. */
import { constants, copyFileSync, cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../computer/sandbox.ts';
import { endProcess } from '../processes.ts';

const packages = join(import.meta.dirname, '../../../packages');
/** Whether the agent that sleeps was built (`npm run build:native`). */
export const canSleep = existsSync(join(packages, 'agent/dist/oidc-agent-sleeper'));

export interface InstalledAgent {
  readonly pid: number;
  readonly socket: string;
  /** The node that the agent runs. */
  readonly node: string;
  /** The program that it runs when it wakes. */
  readonly awake: string;
}

/**
 * Starts an agent that sleeps, and puts it into the sandbox's environment.
 * @param sleepAfter seconds after its last work
 */
export async function startInstalledAgent(
  sandbox: Sandbox,
  { sleepAfter = 0.1, ...options }: { uid?: number; gid?: number; sleepAfter?: number } = {},
): Promise<InstalledAgent> {
  const [programs, bin] = [join(sandbox.folder, 'dist'), join(sandbox.folder, 'bin')];
  cpSync(join(packages, 'agent/dist'), programs, { recursive: true });
  symlinkSync(join(packages, '../node_modules'), join(sandbox.folder, 'node_modules'));
  mkdirSync(bin);
  const node = join(bin, 'node');
  copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
  const { stdout, stderr } = await sandbox.run(
    node,
    [join(programs, 'oidc-agent.cjs'), '-a', `${sandbox.folder}/agent/`, '--json'],
    { env: { JETON_SLEEP_AFTER: String(sleepAfter) }, ...options },
  );
  if (stdout === '') throw new Error(`oidc-agent did not start: ${stderr}`);
  const { socket, dpid } = JSON.parse(stdout);
  Object.assign(sandbox.env, { OIDC_SOCK: socket, OIDCD_PID: dpid });
  sandbox.onClose(() => endProcess(Number(dpid)));
  return { pid: Number(dpid), socket, node, awake: join(programs, 'awake.cjs') };
}
