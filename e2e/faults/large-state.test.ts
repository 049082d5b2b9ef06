/** An agent that holds more than the process that sleeps can keep: it stays awake, and loses nothing. */
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf, endProcess, isRunning } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

/** Each is almost as large as a request may be; together, they are more than the process that sleeps has memory for. */
const FILES = 12;
const LARGE = '€'.repeat(340_000);

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  sandbox.env.JETON_SLEEP_AFTER = '0.1';
  agent = await startAgent(sandbox);
  const { metadata } = await startIssuer({ '/token': [tokens('first'), tokens('second')] });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
});
afterEach(() => sandbox.close());

const token = async () => (await getToken({ account: 'wlcg', socketPath: agent.socket })).token;
const ask = (request: string, others: object = {}) =>
  exchange({ request, ...others }, { socketPath: agent.socket });
const filenames = Array.from({ length: FILES }, (_, index) => `file-${index}`);
/** Has it hold what clients of the C suite leave with it. */
const fill = async () => {
  await Promise.all(filenames.map((filename) => ask('file_write', { filename, data: LARGE })));
};
const isThere = async (filename: string) => (await ask('file_read', { filename })).data === LARGE;
const asleep = () => until(() => childrenOf(agent.pid).length === 0);

describe.skipIf(!canSleep)('an agent that holds much (npm run build:native)', () => {
  it('stays awake until it holds less', async () => {
    await asleep();
    expect(await token()).toBe('first');
    await fill();
    const [node = 0] = childrenOf(agent.pid);
    expect(await Promise.all(filenames.map(isThere))).not.toContain(false);
    expect([await token(), isRunning(node)]).toEqual(['first', true]);
    const [kept = '', ...others] = filenames;
    await Promise.all(others.map((filename) => ask('file_remove', { filename })));
    await asleep();
    expect([await token(), childrenOf(agent.pid)]).toEqual(['first', []]);
    expect(await isThere(kept)).toBe(true);
  });

  it('holds nothing that is out of date after a crash', async () => {
    await fill();
    await ask('remove', { account: 'wlcg' });
    await endProcess(childrenOf(agent.pid)[0] ?? 0, 'SIGKILL');
    expect(await ask('loaded_accounts')).toMatchObject({ info: [] });
    expect(isRunning(agent.pid)).toBe(true);
  });
});
