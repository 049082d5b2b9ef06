import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../computer/sandbox.ts';

export interface RunningIam {
  /** With its slash at the end. */
  readonly issuer: string;
  readonly port: number;
  readonly pid: number;
}

/** Has devices poll every second. IAM leaves it at five, and every login of a test would wait as long. */
export const SHORT_INTERVAL = 'endpoint=/devicecode,interval=1';

/** Starts the built jeton-iam on a free port; it ends with the sandbox. */
export async function startIam(
  sandbox: Sandbox,
  args: readonly string[] = ['--auto-approve', 'test'],
): Promise<RunningIam> {
  const child = sandbox.spawn('jeton-iam', ['--port', '0', '--json', '--behave', SHORT_INTERVAL, ...args]);
  child.stdin?.end();
  if (child.stdout === null) throw new Error('no output');
  child.stderr?.pipe(process.stderr);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return JSON.parse(line);
}
