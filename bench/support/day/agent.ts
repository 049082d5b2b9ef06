/** The agent that all shells of a user share; it has three accounts. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAccount } from '../../../e2e/support/agent/account-files.ts';
import { PASSWORD } from '../../../e2e/support/agent/accounts.ts';
import { installPrograms } from '../../../e2e/support/computer/installed-programs.ts';
import type { Outcome, Sandbox } from '../../../e2e/support/computer/sandbox.ts';
import { endProcess } from '../../../e2e/support/processes.ts';
import { accountAt, addArguments, passwordFile, type QuickIssuer } from '../two-agents.ts';

export const accounts = ['jobs', 'git', 'archive'] as const;

export interface UsersAgent {
  readonly pid: number;
  /** Runs one of our programs as it is installed, or another one by its path. @throws Error when it fails */
  readonly run: (program: string, ...args: string[]) => Promise<string>;
}

/** Starts it as a first shell does, and loads the accounts. It ends with the sandbox. */
export async function startUsersAgent(sandbox: Sandbox, issuer: QuickIssuer): Promise<UsersAgent> {
  const installed = installPrograms(sandbox);
  const run = async (program: string, ...args: string[]) => {
    const compiled = join(installed, program);
    const path = !program.includes('/') && existsSync(compiled) ? compiled : program;
    return output(`${program} ${args.join(' ')}`, await sandbox.run(path, args));
  };
  const variables = await run('oidc-agent');
  const [, socket, pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(variables) ?? [];
  if (socket === undefined) throw new Error(`oidc-agent: ${variables}`);
  sandbox.env.OIDC_SOCK = socket;
  sandbox.onClose(() => endProcess(Number(pid)));
  writeFileSync(passwordFile(sandbox), `${PASSWORD}\n`, { mode: 0o600 });
  for (const name of accounts) {
    await writeAccount(sandbox, accountAt(issuer, 'steady', name));
    await run('oidc-add', ...addArguments(sandbox, name));
  }
  return { pid: Number(pid), run };
}

function output(command: string, { code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
  return stdout;
}
