/** Requests that wake a sleeping agent, compared with the same request to an agent of the C suite. */
import type { Suite } from '../../../e2e/support/computer/programs.ts';
import { endProcess } from '../../../e2e/support/processes.ts';
import { ask, type WireRequest, wireRequest } from '../agent-clients.ts';
import { atMost, compare, median, type Row } from '../compare.ts';
import { processorMs } from '../processes.ts';
import { startTwoAgents, suites, untilAsleep } from '../two-agents.ts';
import { newToken, type Setting } from './setting.ts';

export async function waking({ sandbox, issuer }: Setting): Promise<Row[]> {
  const isChosen = sandbox.env.JETON_SLEEP_AFTER !== undefined;
  // It sleeps again at once, so that the benchmark need not wait.
  sandbox.env.JETON_SLEEP_AFTER ??= '0';
  const agents = await startTwoAgents(sandbox, issuer);
  if (!isChosen) delete sandbox.env.JETON_SLEEP_AFTER;
  const sample = (request: (suite: Suite) => WireRequest) => async (suite: Suite) => {
    const { socket, pid } = agents[suite];
    await untilAsleep(agents[suite], suite);
    const begin = processorMs(pid);
    const milliseconds = await ask(socket, request(suite));
    await untilAsleep(agents[suite], suite);
    return { milliseconds, agentMs: processorMs(pid) - begin };
  };
  const rows = (what: string, request: (suite: Suite) => WireRequest, mostMs?: number) =>
    compare(suites, 15, sample(request), [
      [
        `${what} from a sleeping agent`,
        'ms',
        (samples) => median(samples.map(({ milliseconds }) => milliseconds)),
        mostMs === undefined ? undefined : atMost('ours', mostMs),
      ],
      [
        "the same: the agent's CPU time",
        'ms',
        // The kernel counts what has ended in steps of 10 ms.
        (samples) => samples.reduce((sum, { agentMs }) => sum + agentMs, 0) / samples.length,
      ],
    ]);
  try {
    return [
      ...(await rows('status', () => wireRequest({ request: 'status' }), 80)),
      ...(await rows('new token over https', (suite) => newToken('steady', suite))),
    ];
  } finally {
    for (const suite of suites) await endProcess(agents[suite].pid);
  }
}
