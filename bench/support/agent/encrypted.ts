/** Encrypted clients, as the programs of the C suite are. */
import type { Suite } from '../../../e2e/support/computer/programs.ts';
import { ask, load } from '../agent-clients.ts';
import { atLeast, atMost, compare, median, type Row } from '../compare.ts';
import { isAwake, suites, untilAsleep } from '../two-agents.ts';
import { type LoadTargets, loadRows } from './load-rows.ts';
import { crowds, type Setting, wireCachedToken } from './setting.ts';

const targets: Readonly<Record<number, LoadTargets>> = {
  64: { p99: atMost('ratio', 0.25), throughput: atLeast('ratio', 1.3) },
};

export async function encrypted(setting: Setting): Promise<Row[]> {
  const { agents } = setting;
  const first = async (suite: Suite) => {
    await untilAsleep(agents[suite], suite);
    const milliseconds = await ask(agents[suite].socket, wireCachedToken(suite, 'encrypted'));
    return { milliseconds, wakes: suite === 'ours' && isAwake(agents.ours) };
  };
  const rows = await compare(suites, 3, first, [
    [
      'a first encrypted client of a sleeping agent',
      'ms',
      (samples) => median(samples.map(({ milliseconds }) => milliseconds)),
    ],
    ['the same: wakes of the agent', 'of 3', (samples) => samples.filter(({ wakes }) => wakes).length],
  ]);
  for (const { clients, requests: all } of crowds) {
    // Each takes several times as long as one in plaintext.
    const requests = all / 2;
    // An agent that such clients wake is awake for all of them but the first.
    const prepare = (suite: Suite) => ask(agents[suite].socket, wireCachedToken(suite, 'encrypted'));
    const send = (suite: Suite) =>
      load(agents[suite].socket, wireCachedToken(suite, 'encrypted'), clients, requests / clients);
    rows.push(
      ...(await loadRows(setting, 'encrypted', { clients, requests, prepare, send }, targets[clients])),
    );
  }
  return rows;
}
