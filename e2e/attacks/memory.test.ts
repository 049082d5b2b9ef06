/** A program of the same user reads the memory of the agent. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { PASSWORD, withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

/** Whether a text is in the memory that an agent has written to, awake or asleep. */
function remembers(agent: number, text: string): boolean {
  const children = readFileSync(`/proc/${agent}/task/${agent}/children`, 'latin1').split(' ').filter(Boolean);
  // The Node program first: when it ends, the other one has what it knew.
  return [...children.map(Number), agent].some((pid) => processRemembers(pid, text));
}

function processRemembers(pid: number, text: string): boolean {
  let memory: number | undefined;
  try {
    const file = openSync(`/proc/${pid}/mem`, 'r');
    memory = file;
    const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
    return [...maps].some(([, from, to]) => areaHas(file, Number(`0x${from}`), Number(`0x${to}`), text));
  } catch {
    // The process has ended.
    return false;
  } finally {
    if (memory !== undefined) closeSync(memory);
  }
}

function areaHas(memory: number, start: number, end: number, text: string): boolean {
  try {
    const bytes = Buffer.alloc(end - start);
    return readSync(memory, bytes, 0, bytes.length, start) > 0 && bytes.includes(text);
  } catch {
    // Some mapped pages cannot be read.
    return false;
  }
}

const mayLook = process.platform === 'linux' && process.getuid?.() === 0;
const load = (...args: string[]) => sandbox.run('oidc-add', ['--pw-env', ...args, 'wlcg'], withPassword);

async function loaded(...args: string[]) {
  const { pid } = await startAgent(sandbox);
  const { metadata } = await startIssuer({ '/token': tokens('the access token') });
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  expect(await load(...args)).toMatchObject({ code: 0 });
  return pid;
}

it.skipIf(!mayLook)(
  'not the password of --pw-env, as the key of the file is enough (as root only)',
  async () => {
    const pid = await loaded();
    // While the Node program falls asleep, what it knew is in neither process for a moment.
    await until(() => remembers(pid, 'the access token'));
    expect(remembers(pid, PASSWORD)).toBe(false);
  },
);

it.skipIf(!mayLook)('but that of --pw-store, which is there to be kept (as root only)', async () => {
  const pid = await loaded('--pw-store');
  await until(() => remembers(pid, PASSWORD));
});

it.skipIf(!hasDebianSuite)(
  'an agent of the C suite gets it as before: it saves with nothing else',
  async () => {
    await startAgent(sandbox, { suite: 'c' });
    const { metadata } = await startIssuer({
      '/token': [tokens('one', { refresh_token: 'second' }), tokens('two', { refresh_token: 'third' })],
    });
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
    const before = readFileSync(`${sandbox.accounts}/wlcg`, 'utf8');
    await load();
    expect(readFileSync(`${sandbox.accounts}/wlcg`, 'utf8')).not.toBe(before);
  },
);
