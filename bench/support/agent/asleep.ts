/** What a sleeping agent answers by itself: cached tokens, one connection for each request. */
import type { Suite } from '../../../e2e/support/computer/programs.ts';
import { atLeast, atMost, compare, median, quantile, type Row } from '../compare.ts';
import { plaintextLoad } from '../plaintext-load.ts';
import { commands, measureCalls } from '../token-programs.ts';
import { accountOf, isAwake, suites, untilAsleep } from '../two-agents.ts';
import { type LoadTargets, loadRows } from './load-rows.ts';
import { cachedToken, crowds, type Setting } from './setting.ts';

const targets: Readonly<Record<number, LoadTargets>> = {
  1: { median: atMost('ratio', 0.5) },
  64: {
    p99: atMost('ratio', 0.25),
    throughput: atLeast('ratio', 3),
    processor: atMost('ratio', 0.3),
  },
};

export async function asleep(setting: Setting): Promise<Row[]> {
  const { sandbox, agents } = setting;
  const rows: Row[] = [];
  for (const crowd of crowds) {
    const { clients, requests } = crowd;
    const prepare = (suite: Suite) => untilAsleep(agents[suite], suite);
    const send = async (suite: Suite) => {
      const load = await plaintextLoad(sandbox, agents[suite].socket, cachedToken(suite), clients, requests);
      if (suite === 'ours' && isAwake(agents.ours) && process.env.JETON_SLEEP_AFTER !== 'never') {
        throw new Error('a cached token has woken the agent');
      }
      return load;
    };
    rows.push(...(await loadRows(setting, 'plaintext', { ...crowd, prepare, send }, targets[clients])));
  }
  return rows;
}

/** The programs `oidc-token` of both suites, 64 at once, each asking the agent of its suite. */
export async function clientsOfOurs({ sandbox, agents }: Setting): Promise<Row[]> {
  const sample = async (suite: Suite) => {
    await untilAsleep(agents[suite], suite);
    const command = commands[suite === 'ours' ? 'compiled' : 'C'];
    return await measureCalls(
      sandbox,
      [...command, accountOf('steady', suite)],
      agents[suite].socket,
      512,
      64,
    );
  };
  return await compare(suites, 5, sample, [
    [
      '64 `oidc-token` at once: throughput',
      'calls/s',
      (calls) => median(calls.map(({ perSecond }) => perSecond)),
      atLeast('ratio', 4),
    ],
    [
      '64 `oidc-token` at once: p99',
      'ms',
      (calls) =>
        quantile(
          calls.flatMap(({ milliseconds }) => milliseconds),
          0.99,
        ),
    ],
  ]);
}
