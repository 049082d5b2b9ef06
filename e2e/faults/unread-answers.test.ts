/** Clients of an agent that sleeps, which do not read their answers: they delay no other, and leave nothing in its memory. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { canSleep } from '../support/agent/installed-agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { childrenOf } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

/** More than the system holds between two ends of a connection. */
const LARGE = `${'x'.repeat(600_000)}-end-of-token`;

let sandbox: Sandbox;
afterEach(() => sandbox.close());

/** Whether a text is in the memory of a process. */
function remembers(pid: number, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  const isThere = [...maps].some(([, from, to]) => {
    const [start, end] = [Number(`0x${from}`), Number(`0x${to}`)];
    const bytes = Buffer.alloc(end - start);
    return readSync(memory, bytes, 0, bytes.length, start) > 0 && bytes.includes(text);
  });
  closeSync(memory);
  return isThere;
}

it.skipIf(!canSleep)('is given in full when it is read late, and wiped when the client goes', async () => {
  sandbox = new Sandbox();
  sandbox.env.JETON_SLEEP_AFTER = '0.1';
  const { pid, socket: socketPath } = await startAgent(sandbox);
  const asleep = () => until(() => childrenOf(pid).length === 0);
  const { metadata } = await startIssuer({ '/token': tokens(LARGE) });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  expect(await sandbox.run('oidc-add', ['--pw-env', 'wlcg'], withPassword)).toMatchObject({ code: 0 });
  expect((await getToken({ account: 'wlcg', socketPath })).token).toBe(LARGE);
  await asleep();

  const [late, never] = [new RawClient(socketPath), new RawClient(socketPath)];
  for (const client of [late, never]) {
    client.socket.pause();
    await client.write(JSON.stringify({ request: 'access_token', account: 'wlcg' }));
  }
  expect((await getToken({ account: 'wlcg', socketPath })).token === LARGE).toBe(true);
  expect(childrenOf(pid)).toEqual([]);

  await exchange({ request: 'remove', account: 'wlcg' }, { socketPath });
  await asleep();
  late.socket.resume();
  expect(JSON.parse(await late.answer()).access_token === LARGE).toBe(true);
  never.socket.destroy();
  if (process.getuid?.() === 0) await until(() => !remembers(pid, '-end-of-token'));
  expect(await exchange({ request: 'loaded_accounts' }, { socketPath })).toMatchObject({ info: [] });
});
