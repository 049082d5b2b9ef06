/** What a cached token costs: as a program, on the wire, with many at once; and what an agent costs. See docs/performance.md. */
import { AgentError, exchange } from '@jeton/client';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { endProcess, type RunningAgent, startAgent } from '../e2e/support/agent.ts';
import { startIam } from '../e2e/support/iam.ts';
import { hasDebianSuite, programPath, type Suite } from '../e2e/support/programs.ts';
import { Sandbox } from '../e2e/support/sandbox.ts';
import { compare, median, quantile, type Row } from './support/compare.ts';
import { processorMs, residentMiB, timeCalls } from './support/processes.ts';
import { printHeader, printTable } from './support/report.ts';

const account = 'wlcg';
const password = { OIDC_ENCRYPTION_PW: 'correct horse' };
const forms = ['plaintext', 'encrypted'] as const;
type Form = (typeof forms)[number];

/** The suites that are there to be measured. */
const suites: readonly Suite[] = hasDebianSuite ? ['ours', 'c'] : ['ours'];

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  const agents = await startAgents();
  printTable('jeton', 'C suite', [
    ...(await programs(agents)),
    ...(await roundTrips(agents)),
    ...(await manyAtOnce(agents)),
    ...(await agentItself()),
  ]);
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
  // Without the C suite nobody asks for its agent.
  if (!hasDebianSuite) return { ours, c: ours };
  const c = await startAgent(sandbox, { suite: 'c' });
  await mustRun('oidc-add', ['--pw-env', account], 'c');
  return { ours, c };
}

async function mustRun(program: string, args: readonly string[], suite: Suite): Promise<void> {
  const { code, stderr, stdout } = await sandbox.run(program, args, { suite, env: password });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
}

/** The program oidc-token, from fork to exit. */
async function programs(agents: Record<Suite, RunningAgent>): Promise<Row[]> {
  const other = { ours: 'c', c: 'ours' } as const;
  const nothing = { ours: [process.execPath, '-e', '0'], c: ['/bin/true'] };
  const call = (suite: Suite, agent: RunningAgent) =>
    timeCalls(sandbox, 10, [programPath('oidc-token', suite), account], { OIDC_SOCK: agent.socket });
  const figures = (what: string) =>
    [[what, 'ms', (calls: readonly number[][]) => median(calls.flat())]] as const;
  return [
    ...(await compare(suites, 15, (suite) => call(suite, agents[suite]), figures('`oidc-token NAME`'))),
    ...(hasDebianSuite
      ? await compare(
          suites,
          15,
          (suite) => call(suite, agents[other[suite]]),
          figures("`oidc-token NAME`, the other suite's agent"),
        )
      : []),
    ...(await compare(
      suites,
      15,
      (suite) => timeCalls(sandbox, 10, nothing[suite]),
      figures('a program that does nothing: `node -e 0`, `true`'),
    )),
  ];
}

/** One request after the other, a new connection each. */
async function roundTrips(agents: Record<Suite, RunningAgent>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const form of forms) {
    const sample = async (suite: Suite) => (await load(agents[suite], form, 1, 200)).milliseconds;
    const microseconds = (share: number) => (samples: readonly number[][]) =>
      quantile(samples.flat(), share) * 1000;
    rows.push(
      ...(await compare(suites, 15, sample, [
        [`one request, ${form}, median`, 'µs', microseconds(0.5)],
        [`one request, ${form}, p99`, 'µs', microseconds(0.99)],
      ])),
    );
  }
  return rows;
}

/** 64 clients, each asking again as soon as it is answered. */
async function manyAtOnce(agents: Record<Suite, RunningAgent>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const form of forms) {
    const what = `64 clients at once, ${form}`;
    rows.push(
      ...(await compare(suites, 11, (suite) => load(agents[suite], form, 64, 10), [
        [`${what}, throughput`, 'requests/s', (runs) => median(runs.map(({ perSecond }) => perSecond))],
        [
          `${what}, p99`,
          'ms',
          (runs) =>
            quantile(
              runs.flatMap(({ milliseconds }) => milliseconds),
              0.99,
            ),
        ],
        [
          `${what}, the agent's CPU time`,
          'µs/request',
          (runs) => median(runs.map(({ agentMs }) => agentMs)) * 1000,
        ],
      ])),
    );
  }
  return rows;
}

/** From `oidc-agent` to an agent that answers, and the memory that it then takes. */
async function agentItself(): Promise<Row[]> {
  const sample = async (suite: Suite) => {
    const begin = performance.now();
    const { stdout } = await sandbox.run('oidc-agent', ['--json'], { suite });
    const { socket, dpid } = JSON.parse(stdout);
    try {
      await firstAnswer(socket);
      return { startMs: performance.now() - begin, memory: residentMiB(Number(dpid)) };
    } finally {
      await endProcess(Number(dpid));
    }
  };
  return await compare(suites, 11, sample, [
    ['`oidc-agent` to its first answer', 'ms', (runs) => median(runs.map(({ startMs }) => startMs))],
    ['memory of an idle agent', 'MiB', (runs) => median(runs.map(({ memory }) => memory))],
  ]);
}

/** The C agent says where it listens before it does. */
async function firstAnswer(socketPath: string): Promise<void> {
  while (true) {
    try {
      await exchange({ request: 'check' }, { socketPath });
      return;
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'unreachable') throw error;
    }
  }
}

/** Asks for the cached token: so many clients at once, so often each. They all live in this process. */
async function load({ socket, pid }: RunningAgent, form: Form, clients: number, requests: number) {
  const milliseconds: number[] = [];
  const client = async () => {
    for (let request = 0; request < requests; request += 1) {
      const begin = performance.now();
      const channel = form === 'encrypted' ? new EncryptedChannel() : undefined;
      await exchange({ request: 'access_token', account }, { socketPath: socket, channel });
      milliseconds.push(performance.now() - begin);
    }
  };
  const [begin, cpuBegin] = [performance.now(), processorMs(pid)];
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - begin) / 1000;
  const agentMs = (processorMs(pid) - cpuBegin) / milliseconds.length;
  return { milliseconds, perSecond: milliseconds.length / seconds, agentMs };
}
