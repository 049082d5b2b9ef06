/** The rows of clients that ask for a cached token again and again. */
import type { Suite } from '../../../e2e/support/computer/programs.ts';
import type { Load } from '../agent-clients.ts';
import { compare, median, quantile, type Row, type Target } from '../compare.ts';
import { processorMs } from '../processes.ts';
import { suites } from '../two-agents.ts';
import { named, type Setting } from './setting.ts';

/** What jeton has set itself for them. */
export interface LoadTargets {
  readonly median?: Target;
  readonly p99?: Target;
  readonly throughput?: Target;
  readonly processor?: Target;
}

/** A round of requests to an agent. */
export interface Round {
  readonly clients: number;
  /** Of all clients together. */
  readonly requests: number;
  /** Brings the agent into the state in which it is measured. */
  readonly prepare: (suite: Suite) => Promise<unknown>;
  readonly send: (suite: Suite) => Promise<Load>;
}

/** Measures both agents in turns. */
export async function loadRows(
  { agents }: Setting,
  form: string,
  { clients, requests, prepare, send }: Round,
  targets: LoadTargets = {},
): Promise<Row[]> {
  const sample = async (suite: Suite) => {
    const { pid } = agents[suite];
    await prepare(suite);
    const begin = processorMs(pid);
    const result = await send(suite);
    return { ...result, agentMs: (processorMs(pid) - begin) / requests };
  };
  const who = `${named(clients)}, ${form}`;
  const times = (share: number) => (loads: readonly Load[]) =>
    quantile(
      loads.flatMap(({ milliseconds }) => milliseconds),
      share,
    );
  return await compare(suites, 7, sample, [
    [`${who}: median`, 'ms', times(0.5), targets.median],
    [`${who}: p99`, 'ms', times(0.99), targets.p99],
    [
      `${who}: throughput`,
      'requests/s',
      (loads) => median(loads.map(({ perSecond }) => perSecond)),
      targets.throughput,
    ],
    [
      `${who}: the agent's CPU time`,
      'µs/request',
      (loads) => median(loads.map(({ agentMs }) => agentMs)) * 1000,
      targets.processor,
    ],
  ]);
}
