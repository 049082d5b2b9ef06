/** Logs to stderr and to the system's log. */
import { spawn } from 'node:child_process';
import { harmless } from '../harmless.ts';
import { writeAll } from '../stdio.ts';
import { agentPid } from './agent-pid.ts';

/** Writes one line to a log. */
export type Log = (line: string) => void;

/** Never throws. */
export function logToStderr(line: string): void {
  try {
    writeAll(2, `oidc-agent: ${harmless(line)}\n`);
  } catch {
    // The terminal is gone; the agent continues.
  }
}

/**
 * Writes to syslog by the program `logger`, because Node has no syslog: one line for each entry. Without that program,
 * logs nothing.
 */
export function systemLog(): Log {
  loggedBySystem ??= startSystemLog();
  return loggedBySystem;
}

let loggedBySystem: Log | undefined;

function startSystemLog(): Log {
  const args = ['-t', `oidc-agent[${agentPid.current}]`, '-p', 'authpriv.debug'];
  const logger = spawn('logger', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  logger.on('error', () => undefined);
  logger.stdin.on('error', () => undefined);
  return (line) => void (logger.stdin.writable && logger.stdin.write(`${line}\n`));
}
