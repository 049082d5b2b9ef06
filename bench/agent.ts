/** Measures how long clients wait for jeton's agent and for the C agent, against jeton's targets. See docs/performance.md. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hasCompiled, installPrograms } from '../e2e/support/computer/installed-programs.ts';
import { hasDebianSuite, programPath, type Suite } from '../e2e/support/computer/programs.ts';
import { Sandbox } from '../e2e/support/computer/sandbox.ts';
import { endProcess } from '../e2e/support/processes.ts';
import { ask, forms, greeting, type Load, load, wireRequest } from './support/agent-clients.ts';
import { atLeast, atMost, compare, median, quantile, type Row } from './support/compare.ts';
import { processorMs, residentMiB, timeCalls } from './support/processes.ts';
import { printHeader, printTable } from './support/report.ts';
import {
  accountAt,
  accountOf,
  addArguments,
  startQuickIssuer,
  startTwoAgents,
  suites,
} from './support/two-agents.ts';

/** How long a client waits for an agent that a stalled client holds up, in milliseconds. */
const PATIENCE_MS = 2000;

const sandbox = new Sandbox();
process.once('SIGINT', () => sandbox.close().finally(() => process.exit(130)));
try {
  printHeader([
    ['jeton', await version('ours')],
    ['C suite', hasDebianSuite ? await version('c') : 'not installed (Debian package oidc-agent-cli)'],
  ]);
  const issuer = await startQuickIssuer(sandbox);
  const agents = await startTwoAgents(sandbox, issuer);

  /** Cached tokens, one connection for each request. */
  const cached = async (): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const form of forms) {
      for (const [clients, requests] of [
        [1, 300],
        [8, 50],
        [64, 20],
      ] as const) {
        const sample = async (suite: Suite) => {
          const { socket, pid } = agents[suite];
          const begin = processorMs(pid);
          const result = await load(socket, cachedToken(suite, form), clients, requests);
          return { ...result, agentMs: (processorMs(pid) - begin) / (clients * requests) };
        };
        const who = `${clients === 1 ? '1 client' : `${clients} clients`}, ${form}`;
        const times = (share: number) => (loads: readonly Load[]) =>
          quantile(
            loads.flatMap(({ milliseconds }) => milliseconds),
            share,
          );
        const many = clients === 64;
        rows.push(
          ...(await compare(suites, 11, sample, [
            [`${who}: median`, 'ms', times(0.5)],
            [`${who}: p99`, 'ms', times(0.99), many ? atMost('ratio', 0.25) : undefined],
            [
              `${who}: throughput`,
              'requests/s',
              (loads) => median(loads.map(({ perSecond }) => perSecond)),
              many ? atLeast('ratio', 1.3) : undefined,
            ],
            [
              `${who}: the agent's CPU time`,
              'µs/request',
              (loads) => median(loads.map(({ agentMs }) => agentMs)) * 1000,
            ],
          ])),
        );
      }
    }
    return rows;
  };

  /** A cached token while the agent waits for another client or issuer. */
  const disturbed = async (): Promise<Row[]> => {
    const held = (begin: (suite: Suite) => Promise<() => Promise<void>>) => async (suite: Suite) => {
      const { socket } = agents[suite];
      const request = cachedToken(suite);
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
        await ask(socket, cachedToken(suite));
      };
    };
    return [
      ...(await rows('while an issuer takes 3 s for another account', slowIssuer)),
      ...(await rows('while a client stalls in its key exchange', stalledClient)),
    ];
  };

  const refreshes = async (): Promise<Row[]> => {
    const sample = (part: string) => (suite: Suite) => ask(agents[suite].socket, newToken(part, suite));
    return [
      ...(await compare(suites, 51, sample('steady'), [
        ['new token over https', 'ms', median, atMost('ratio', 0.5)],
      ])),
      ...(await compare(suites, 15, sample('rotating'), [
        ['new token over https, the refresh token rotates', 'ms', median, atMost('ratio', 0.05)],
      ])),
    ];
  };

  const loading = async (): Promise<Row[]> => {
    const sample = async (suite: Suite) => {
      const name = accountOf('steady', suite);
      const env = { OIDC_SOCK: agents[suite].socket };
      await sandbox.run('oidc-add', ['-r', name], { suite, env });
      const command = [programPath('oidc-add', suite), ...addArguments(sandbox, name)];
      const [milliseconds = Number.NaN] = await timeCalls(sandbox, 1, command, env);
      return milliseconds;
    };
    return await compare(suites, 15, sample, [['`oidc-add NAME`', 'ms', median, atMost('ratio', 0.6)]]);
  };

  /** From `oidc-agent` to an agent that answers, the same in a further shell, and the memory that the agent takes. */
  const agentItself = async (): Promise<Row[]> => {
    const ours = hasCompiled ? join(installPrograms(sandbox), 'oidc-agent') : programPath('oidc-agent');
    const start = async (suite: Suite) => {
      const begin = performance.now();
      const { stdout } = await sandbox.run(suite === 'ours' ? ours : 'oidc-agent', [], { suite });
      const [, socket = '', pid] = /^OIDC_SOCK=(\S+);.*OIDCD_PID=(\d+)/s.exec(stdout) ?? [];
      await firstAnswer(socket);
      return { socket, pid: Number(pid), milliseconds: performance.now() - begin };
    };
    const sample = async (suite: Suite) => {
      const { socket, pid, milliseconds: startMs } = await start(suite);
      const further = await start(suite);
      if (further.pid !== pid) await endProcess(further.pid);
      try {
        const idle = residentMiB(pid);
        for (let count = 1; count <= 50; count += 1) await add(socket, `account-${count}`);
        return { startMs, furtherMs: further.milliseconds, idle, full: residentMiB(pid) };
      } finally {
        await endProcess(pid);
      }
    };
    return await compare(suites, 9, sample, [
      [
        '`oidc-agent` to its first answer',
        'ms',
        (runs) => median(runs.map(({ startMs }) => startMs)),
        atMost('ratio', 4),
      ],
      ['the same in a further shell', 'ms', (runs) => median(runs.map(({ furtherMs }) => furtherMs))],
      ['memory of an idle agent', 'MiB', (runs) => median(runs.map(({ idle }) => idle)), atMost('ours', 50)],
      ['memory with 50 accounts', 'MiB', (runs) => median(runs.map(({ full }) => full))],
    ]);
  };

  /** Hands an account to an agent as `oidc-add` does, without its start-up and its password. */
  const add = async (socket: string, name: string) => {
    const grant = {
      client_id: 'client',
      refresh_token: 'first refresh token',
      scope: 'openid offline_access',
    };
    const config = { ...accountAt(issuer, 'steady', name), ...grant };
    await ask(socket, wireRequest({ request: 'add', config, pw_entry: { account: name, type: 8 } }));
  };

  printTable('jeton', 'C suite', [
    ...(await cached()),
    ...(await disturbed()),
    ...(await refreshes()),
    ...(await loading()),
    ...(await agentItself()),
  ]);
} finally {
  await sandbox.close();
}

async function version(suite: Suite): Promise<string> {
  return (await sandbox.run('oidc-agent', ['--version'], { suite })).stdout.trim();
}

function cachedToken(suite: Suite, form: (typeof forms)[number] = 'plaintext') {
  return wireRequest({ request: 'access_token', account: accountOf('steady', suite) }, form);
}

function newToken(part: string, suite: Suite) {
  return wireRequest({ request: 'access_token', account: accountOf(part, suite), min_valid_period: -1 });
}

/** The C agent says where it listens before it does. */
async function firstAnswer(socket: string): Promise<void> {
  while (true) {
    try {
      await ask(socket, wireRequest({ request: 'check' }));
      return;
    } catch (error) {
      const notYet = error instanceof Error && 'code' in error;
      if (!notYet) throw error;
    }
  }
}
