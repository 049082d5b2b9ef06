/** Measures time and memory of the program oidc-token. See docs/performance.md. */
import { type RunningAgent, startAgent } from '../e2e/support/agent/agent.ts';
import { hasDebianSuite, type Suite } from '../e2e/support/computer/programs.ts';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { startIam } from '../e2e/support/servers/iam.ts';
import { median, quantile, takeTurns } from './support/compare.ts';
import { residentMiB } from './support/processes.ts';
import { printHeader, printWideTable, type WideRow } from './support/report.ts';
import {
  type Calls,
  commands,
  countSystemCalls,
  measureCalls,
  type ProgramName,
  programNames,
} from './support/token-programs.ts';

const account = 'wlcg';
const password = { OIDC_ENCRYPTION_PW: 'correct horse' };

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  const agents = await startAgents();
  const rows = [
    ...(await oneAtATime(agents)),
    ...(await manyAtOnce(agents, 8)),
    ...(await manyAtOnce(agents, 64)),
    ...(await manyCalls(agents.ours)),
  ];
  printWideTable([...programNames, 'compiled / C', 'compiled / floor'], rows);
} finally {
  await sandbox.close();
}

async function version(suite: Suite): Promise<string> {
  const { stdout } = await sandbox.run('oidc-token', ['--version'], { suite });
  return stdout.trim();
}

/** One account, loaded into an agent of each suite. */
async function startAgents(): Promise<Record<Suite, RunningAgent>> {
  const { issuer } = await startIam(sandbox);
  const ours = await startAgent(sandbox);
  const generate = ['-w', 'device', '--iss', issuer, '--scope', 'max', '--pw-env', '--prompt=none', account];
  await mustRun('oidc-gen', generate, 'ours');
  // Without the C suite the benchmark starts no C agent.
  if (!hasDebianSuite) return { ours, c: ours };
  const c = await startAgent(sandbox, { suite: 'c' });
  await mustRun('oidc-add', ['--pw-env', account], 'c');
  return { ours, c };
}

async function mustRun(program: string, args: readonly string[], suite: Suite): Promise<void> {
  const { code, stderr, stdout } = await sandbox.run(program, args, { suite, env: password });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
}

type Results = Map<ProgramName, Calls[]>;

/** Each program's calls: to the agent of its suite, or to a given one. */
function measure(
  agentOf: (name: ProgramName) => RunningAgent,
  rounds: number,
  count: (name: ProgramName) => number,
  atOnce: number,
): Promise<Results> {
  return takeTurns(programNames, rounds, (name) =>
    measureCalls(sandbox, [...commands[name], account], agentOf(name).socket, count(name), atOnce),
  );
}

/** A row: a figure of each program, and how compiled relates to C and to the floor. */
function row(
  what: string,
  unit: string,
  figureOf: (name: ProgramName) => number | undefined,
  ...targets: readonly (readonly [target: string, isMet: (toC: number, toFloor: number) => boolean])[]
): WideRow {
  const ratioTo = (name: ProgramName) => {
    const [ours, theirs] = [figureOf('compiled'), programNames.includes(name) ? figureOf(name) : undefined];
    return ours === undefined || theirs === undefined ? undefined : ours / theirs;
  };
  const [toC, toFloor] = [ratioTo('C'), ratioTo('floor')];
  const isKnown = toC !== undefined && toFloor !== undefined;
  return {
    what,
    unit,
    figures: [...programNames.map(figureOf), toC, toFloor],
    targets: isKnown ? targets.map(([target, isMet]) => [target, isMet(toC, toFloor)]) : [],
  };
}

function all(
  results: Results,
  name: ProgramName,
  values: (calls: Calls) => readonly number[],
): readonly number[] {
  return (results.get(name) ?? []).flatMap(values);
}

async function oneAtATime(agents: Record<Suite, RunningAgent>): Promise<WideRow[]> {
  const ofJeton = await measure(() => agents.ours, 15, callsOf(40), 1);
  const ofC = await measure(() => agents.c, 15, callsOf(40), 1);
  const systemCalls = new Map<ProgramName, number | undefined>();
  for (const name of programNames) {
    systemCalls.set(name, await countSystemCalls(sandbox, [...commands[name], account], agents.ours.socket));
  }
  const wall =
    (results: Results, share = 0.5) =>
    (name: ProgramName) =>
      quantile(
        all(results, name, ({ milliseconds }) => milliseconds),
        share,
      );
  const nodeToC = wall(ofJeton)('Node') / wall(ofJeton)('C');
  return [
    row(
      "one call, jeton's agent: time",
      'ms',
      wall(ofJeton),
      ['at most 0.30 of C', (toC) => toC <= 0.3],
      ['at most 1.3 of the floor', (_, toFloor) => toFloor <= 1.3],
      ['Node at most 20 of C', () => nodeToC <= 20],
    ),
    row("one call, jeton's agent: time of the fastest tenth", 'ms', wall(ofJeton, 0.1)),
    row("one call, the C suite's agent: time", 'ms', wall(ofC)),
    row("one call, the C suite's agent: time of the fastest tenth", 'ms', wall(ofC, 0.1)),
    row('one call: processor time', 'ms', (name) => median(all(ofJeton, name, (calls) => calls.processorMs))),
    row(
      'one call: memory at most',
      'KiB',
      (name) => median(all(ofJeton, name, (calls) => calls.kibibytes)) || undefined,
    ),
    row('one call: system calls', '', (name) => systemCalls.get(name)),
  ];
}

/** Node is so slow that the benchmark makes fewer calls. */
function callsOf(count: number): (name: ProgramName) => number {
  return (name) => (name === 'Node' ? Math.ceil(count / 8) : count);
}

async function manyAtOnce(agents: Record<Suite, RunningAgent>, atOnce: number): Promise<WideRow[]> {
  const figures = async (where: string, agentOf: (name: ProgramName) => RunningAgent) => {
    const results = await measure(agentOf, 5, callsOf(atOnce * 8), atOnce);
    const isTarget = atOnce === 64 && where === "each suite's own agent";
    const throughput = (name: ProgramName) =>
      median((results.get(name) ?? []).map(({ perSecond }) => perSecond));
    const p99 = (name: ProgramName) =>
      quantile(
        all(results, name, ({ milliseconds }) => milliseconds),
        0.99,
      );
    return [
      row(
        `${atOnce} at once, ${where}: throughput`,
        'calls/s',
        throughput,
        ...(isTarget ? [['at least 4 times C', (toC: number) => toC >= 4] as const] : []),
      ),
      row(
        `${atOnce} at once, ${where}: p99`,
        'ms',
        p99,
        ...(isTarget ? [['at most 1/8 of C', (toC: number) => toC <= 1 / 8] as const] : []),
      ),
    ];
  };
  return [
    ...(await figures("each suite's own agent", (name) => (name === 'C' ? agents.c : agents.ours))),
    ...(await figures("jeton's agent", () => agents.ours)),
    ...(await figures("the C suite's agent", () => agents.c)),
  ];
}

/** Does an agent that is asked again and again stay as it was? */
async function manyCalls(agent: RunningAgent): Promise<WideRow[]> {
  const rows: WideRow[] = [];
  const add = (what: string, unit: string, figure: number) =>
    rows.push({ what, unit, figures: [figure, ...Array(programNames.length + 1).fill(undefined)] });
  const call = async (count: number) => {
    const { milliseconds } = await measureCalls(
      sandbox,
      [...commands.compiled, account],
      agent.socket,
      count,
    );
    return median(milliseconds);
  };
  add('40,000 calls, the first 1000: time', 'ms', await call(1000));
  add("jeton's agent after 1000 calls: memory", 'MiB', residentMiB(agent.pid));
  // By then V8 has taken the room that it likes to have.
  await call(19_000);
  add("jeton's agent after 20,000 calls: memory", 'MiB', residentMiB(agent.pid));
  await call(19_000);
  add('40,000 calls, the last 1000: time', 'ms', await call(1000));
  add("jeton's agent after 40,000 calls: memory", 'MiB', residentMiB(agent.pid));
  return rows;
}
