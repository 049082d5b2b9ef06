/** What the program oidc-token costs. See docs/performance.md. */
import { type RunningAgent, startAgent } from '../e2e/support/agent.ts';
import { startIam } from '../e2e/support/iam.ts';
import { hasDebianSuite, programPath, type Suite } from '../e2e/support/programs.ts';
import { Sandbox } from '../e2e/support/sandbox.ts';
import { compare, median, type Row } from './support/compare.ts';
import { timeCalls } from './support/processes.ts';
import { printHeader, printTable } from './support/report.ts';
import { suites } from './support/two-agents.ts';

const account = 'wlcg';
const password = { OIDC_ENCRYPTION_PW: 'correct horse' };

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  printTable('jeton', 'C suite', await programs(await startAgents()));
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
