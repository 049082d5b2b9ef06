/** From `oidc-agent` to an agent that answers, and the memory that the agent takes. */
import { join } from 'node:path';
import { hasCompiled, installPrograms } from '../../../e2e/support/computer/installed-programs.ts';
import { programPath, type Suite } from '../../../e2e/support/computer/programs.ts';
import { endProcess } from '../../../e2e/support/processes.ts';
import { ask, wireRequest } from '../agent-clients.ts';
import { atMost, compare, median, type Row } from '../compare.ts';
import { plaintextLoad } from '../plaintext-load.ts';
import { residentMiB } from '../processes.ts';
import { addAccount, suites, untilAsleep } from '../two-agents.ts';
import type { Setting } from './setting.ts';

const CALLS = 40_000;
const ACCOUNTS = 50;

export async function start({ sandbox }: Setting): Promise<Row[]> {
  const ours = hasCompiled ? join(installPrograms(sandbox), 'oidc-agent') : programPath('oidc-agent');
  const begin = async (suite: Suite) => {
    const begun = performance.now();
    const { stdout } = await sandbox.run(suite === 'ours' ? ours : 'oidc-agent', [], { suite });
    const [, socket = '', pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(stdout) ?? [];
    await firstAnswer(socket);
    return { pid: Number(pid), milliseconds: performance.now() - begun };
  };
  const sample = async (suite: Suite) => {
    const first = await begin(suite);
    const further = await begin(suite);
    await endProcess(first.pid);
    if (further.pid !== first.pid) await endProcess(further.pid);
    return { first: first.milliseconds, further: further.milliseconds };
  };
  return await compare(suites, 15, sample, [
    [
      '`oidc-agent` to its first answer',
      'ms',
      (runs) => median(runs.map(({ first }) => first)),
      atMost('ratio', 0.6),
    ],
    ['the same in a further shell', 'ms', (runs) => median(runs.map(({ further }) => further))],
  ]);
}

/** Of an agent that sleeps, where ours is one. */
export async function memory({ sandbox, issuer }: Setting): Promise<Row[]> {
  const sample = async (suite: Suite) => {
    const { stdout } = await sandbox.run('oidc-agent', ['--json'], { suite });
    const { socket, dpid } = JSON.parse(stdout);
    const pid = Number(dpid);
    const measured = async () => {
      await untilAsleep({ pid }, suite);
      return residentMiB(pid);
    };
    try {
      await firstAnswer(socket);
      const unused = await measured();
      for (let count = 1; count <= ACCOUNTS; count += 1) await addAccount(issuer, socket, `account-${count}`);
      const request = { request: 'access_token', account: 'account-1', min_valid_period: 0 };
      const withAccounts = await measured();
      await plaintextLoad(sandbox, socket, request, 8, CALLS);
      return { unused, withAccounts, used: await measured() };
    } finally {
      await endProcess(pid);
    }
  };
  const figure = (what: string, of: 'unused' | 'withAccounts' | 'used') =>
    [
      what,
      'MiB',
      (runs: readonly Awaited<ReturnType<typeof sample>>[]) => median(runs.map((run) => run[of])),
      atMost('ratio', 0.5),
    ] as const;
  return await compare(suites, 2, sample, [
    figure('memory of a new agent', 'unused'),
    figure(`memory with ${ACCOUNTS} accounts`, 'withAccounts'),
    figure(`the same after ${CALLS} cached tokens`, 'used'),
  ]);
}

/** The C agent says where it listens before it does. */
export async function firstAnswer(socket: string): Promise<void> {
  while (true) {
    try {
      await ask(socket, wireRequest({ request: 'check' }));
      return;
    } catch (error) {
      const notYet = error instanceof Error && 'code' in error;
      if (!notYet) throw error;
    }
  }
}
