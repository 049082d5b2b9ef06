/** What needs the Node program of our agent: new tokens, accounts, and other clients that hold it up. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { programPath, type Suite } from '../../../e2e/support/computer/programs.ts';
import { ask, greeting, load } from '../agent-clients.ts';
import { atMost, compare, median, type Row } from '../compare.ts';
import { timeCalls } from '../processes.ts';
import { accountOf, addArguments, suites } from '../two-agents.ts';
import { newToken, type Setting, wireCachedToken } from './setting.ts';

/** How long a client waits for an agent that a stalled client holds up, in milliseconds. */
const PATIENCE_MS = 2000;

/** A cached token while the agent waits for another client or issuer. */
export async function disturbed({ agents, issuer }: Setting): Promise<Row[]> {
  const held = (begin: (suite: Suite) => Promise<() => Promise<void>>) => async (suite: Suite) => {
    const { socket } = agents[suite];
    const request = wireCachedToken(suite);
    const { milliseconds: idle } = await load(socket, request, 1, 100);
    const end = await begin(suite);
    const milliseconds: number[] = [];
    const give = performance.now() + PATIENCE_MS;
    while (milliseconds.length < 100 && performance.now() < give) {
      milliseconds.push(await ask(socket, request, PATIENCE_MS * 2));
    }
    await end();
    return { times: median(milliseconds) / median(idle), waited: median(milliseconds) };
  };
  const rows = (what: string, begin: (suite: Suite) => Promise<() => Promise<void>>) =>
    compare(suites, 3, held(begin), [
      [`cached token ${what}`, 'ms', (samples) => median(samples.map(({ waited }) => waited))],
      [
        `the same, compared with an idle agent`,
        'times',
        (samples) => median(samples.map(({ times }) => times)),
        atMost('ours', 2),
      ],
    ]);
  const slowIssuer = async (suite: Suite) => {
    const asked = once(issuer.output, 'line');
    const refresh = ask(agents[suite].socket, newToken('slow', suite));
    await asked;
    return async () => void (await refresh);
  };
  const stalledClient = async (suite: Suite) => {
    const { socket } = agents[suite];
    const client = connect(socket);
    client.write(greeting);
    await once(client, 'data');
    return async () => {
      client.destroy();
      await ask(socket, wireCachedToken(suite));
    };
  };
  return [
    ...(await rows('while an issuer takes 3 s for another account', slowIssuer)),
    ...(await rows('while a client stalls in its key exchange', stalledClient)),
  ];
}

/** New tokens from an agent that is awake. */
export async function newTokens({ agents }: Setting): Promise<Row[]> {
  const sample = (part: string) => (suite: Suite) => ask(agents[suite].socket, newToken(part, suite));
  return [
    ...(await compare(suites, 51, sample('steady'), [
      ['new token over https', 'ms', median, atMost('ratio', 0.5)],
    ])),
    ...(await compare(suites, 15, sample('rotating'), [
      ['new token over https, the refresh token rotates', 'ms', median, atMost('ratio', 0.05)],
    ])),
  ];
}

export async function loading({ sandbox, agents }: Setting): Promise<Row[]> {
  const sample = async (suite: Suite) => {
    const name = accountOf('steady', suite);
    const env = { OIDC_SOCK: agents[suite].socket };
    await sandbox.run('oidc-add', ['-r', name], { suite, env });
    const command = [programPath('oidc-add', suite), ...addArguments(sandbox, name)];
    const [milliseconds = Number.NaN] = await timeCalls(sandbox, 1, command, env);
    return milliseconds;
  };
  return await compare(suites, 15, sample, [['`oidc-add NAME`', 'ms', median, atMost('ratio', 0.6)]]);
}
