/** Simulates a day of a user, and counts how often the agent wakes and what that takes. See docs/performance.md. */
import { hasDebianSuite, programPath } from '../e2e/support/computer/programs.ts';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { accounts, startUsersAgent } from './support/day/agent.ts';
import { type Day, sleepAfterRows, summaryRows } from './support/day/day.ts';
import { type Habit, live, SPEED, seeded } from './support/day/life.ts';
import { costOfWake, WakeWatch } from './support/day/wakes.ts';
import { ownProcessorMs, residentMiB } from './support/processes.ts';
import { printHeader, printWideTable } from './support/report.ts';
import { startQuickIssuer, untilAsleep } from './support/two-agents.ts';

const HOURS = Number(process.env.JETON_HOURS ?? 8);
const TOKEN_SECONDS = 3600;
/** The default of `sleep-after`. */
const SLEEP_AFTER_SECONDS = 5;
/** The lifetime of tokens whose renewal the benchmark waits for. */
const SHORT_TOKEN_SECONDS = 30;

const sandboxes: Sandbox[] = [];
const close = () => Promise.all(sandboxes.map((sandbox) => sandbox.close()));
process.once('SIGINT', () => close().finally(() => process.exit(130)));
try {
  printHeader([['simulated', `${HOURS} hours, in ${(HOURS * 60) / SPEED} minutes`]]);
  const cost = await costs();
  const clients = [
    ["jeton's oidc-token", 'oidc-token'],
    ...(hasDebianSuite ? [["the C suite's oidc-token", programPath('oidc-token', 'c')] as const] : []),
  ] as const;
  const days = await Promise.all(clients.map(([name, program]) => day(name, program)));
  printWideTable(
    days.map(({ name }) => name),
    summaryRows(days, cost),
  );
  console.log('\nWhat another `sleep-after` would change:');
  for (const one of days) {
    console.log(`\n${one.name}:`);
    printWideTable(['wakes', 'seconds awake', 'CPU seconds', 'mean memory (MiB)'], sleepAfterRows(one, cost));
  }
} finally {
  await close();
}

async function startAgentOf(tokenSeconds: number, sleepAfter?: number) {
  const sandbox = new Sandbox();
  sandboxes.push(sandbox);
  if (sleepAfter !== undefined) sandbox.env.JETON_SLEEP_AFTER = String(sleepAfter);
  const issuer = await startQuickIssuer(sandbox, tokenSeconds);
  return await startUsersAgent(sandbox, issuer);
}

/** What the two kinds of wakes take, at normal speed. */
async function costs() {
  const agent = await startAgentOf(TOKEN_SECONDS);
  await untilAsleep(agent, 'ours');
  const asked = await costOfWake(agent.pid, () => agent.run('oidc-token', '-f', accounts[0]));
  const renewing = await startAgentOf(SHORT_TOKEN_SECONDS);
  await renewing.run('oidc-token', accounts[0]);
  await untilAsleep(renewing, 'ours');
  await renewing.run('oidc-token', accounts[0]);
  const due = await costOfWake(renewing.pid, async () => undefined);
  return { asked, due, sleepAfter: SLEEP_AFTER_SECONDS };
}

async function day(name: string, tokenProgram: string): Promise<Day> {
  const agent = await startAgentOf(TOKEN_SECONDS / SPEED, SLEEP_AFTER_SECONDS / SPEED);
  await untilAsleep(agent, 'ours');
  const asking: { begin: number; end: number }[] = [];
  let requests = 0;
  const habit = (everySeconds: number, program: string, ...args: string[]): Habit => ({
    everySeconds,
    run: async () => {
      requests += 1;
      const begin = performance.now();
      await agent.run(program, ...args);
      asking.push({ begin, end: performance.now() });
    },
  });
  const [jobs, git, archive] = accounts;
  const begin = performance.now();
  const processorBegin = ownProcessorMs(agent.pid);
  const watch = new WakeWatch(agent.pid);
  await live(
    HOURS,
    [
      habit(60, tokenProgram, jobs),
      habit(600, tokenProgram, git),
      habit(3600, tokenProgram, archive),
      // A new shell.
      habit(1800, 'oidc-agent'),
      habit(7200, 'oidc-add', '-a'),
      habit(7200, 'oidc-agent', '--status'),
      habit(14_400, tokenProgram, '-f', jobs),
    ],
    seeded(1),
  );
  await untilAsleep(agent, 'ours');
  const wakes = await watch.stop();
  const isAsked = (moment: number) => asking.some((ask) => ask.begin <= moment && moment <= ask.end);
  return {
    name,
    hours: HOURS,
    requests,
    wakes: wakes.map((wake) => ({
      at: ((wake.begin - begin) / 1000) * SPEED,
      isAsked: isAsked(wake.begin),
    })),
    asleepMiB: residentMiB(agent.pid),
    asleepProcessorSeconds: (ownProcessorMs(agent.pid) - processorBegin) / 1000,
  };
}
