/** Measures what the agents of many users take of a login node, while no program asks for a token. See docs/administration.md. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hasDebianSuite, type Suite } from '../e2e/support/computer/programs.ts';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { endProcess } from '../e2e/support/processes.ts';
import { firstAnswer } from './support/agent/start.ts';
import type { Row } from './support/compare.ts';
import { lockedMiB, processorMs, processTree, proportionalMiB, residentMiB } from './support/processes.ts';
import { printHeader, printTable } from './support/report.ts';
import { addAccount, type QuickIssuer, startQuickIssuer, suites, untilAsleep } from './support/two-agents.ts';

const USERS = Number(process.env.JETON_USERS ?? 100);
const QUIET_MS = 60_000;

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  const issuer = await startQuickIssuer(sandbox);
  const taken = new Map<Suite, readonly number[]>();
  for (const suite of suites) taken.set(suite, await agentsOf(suite, issuer));
  const rows = [
    ['processes', ''],
    ['resident memory (RSS), summed', 'MiB'],
    ['memory with shared pages counted once (PSS), summed', 'MiB'],
    ['PSS of one agent', 'MiB'],
    ['locked memory of one agent', 'MiB'],
    [`processor time of all in ${QUIET_MS / 1000} s`, 'ms'],
  ].map(
    ([what = '', unit = ''], index): Row => ({
      what,
      unit,
      ours: taken.get('ours')?.[index] ?? Number.NaN,
      peer: taken.get('c')?.[index],
    }),
  );
  printTable('jeton', 'C suite', rows);
} finally {
  await sandbox.close();
}

/** The figures of the rows, for an agent with one account for each user. */
async function agentsOf(suite: Suite, issuer: QuickIssuer): Promise<readonly number[]> {
  const pids: number[] = [];
  try {
    for (let user = 1; user <= USERS; user += 1) {
      const runtime = join(sandbox.folder, `${suite}-${user}`);
      mkdirSync(runtime, { mode: 0o700 });
      const env = { XDG_RUNTIME_DIR: runtime, TMPDIR: runtime };
      const { stdout } = await sandbox.run('oidc-agent', ['--json'], { suite, env });
      const { socket, dpid } = JSON.parse(stdout);
      pids.push(Number(dpid));
      await firstAnswer(socket);
      await addAccount(issuer, socket, 'wlcg');
    }
    for (const pid of pids) await untilAsleep({ pid }, suite);
    const total = (measure: (pid: number) => number) => pids.reduce((sum, pid) => sum + measure(pid), 0);
    const before = total(processorMs);
    await pause(QUIET_MS);
    const proportional = total(proportionalMiB);
    return [
      total((pid) => processTree(pid).length),
      total(residentMiB),
      proportional,
      proportional / USERS,
      total(lockedMiB) / USERS,
      total(processorMs) - before,
    ];
  } finally {
    await Promise.all(pids.map((pid) => endProcess(pid)));
  }
}

async function version(suite: Suite): Promise<string> {
  return (await sandbox.run('oidc-agent', ['--version'], { suite })).stdout.trim();
}
