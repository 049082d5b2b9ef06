/** An upgrade by npm exchanges the installed folder of a running agent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AgentSettings } from '../../packages/agent/src/daemon/settings.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { canSleep, startInstalledAgent } from '../support/agent/installed-agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess, processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

/** An installed agent that has answered nothing yet, and a function that takes its folder away. */
async function startInstalled() {
  const [program, socket] = ['dist', 'agent/s'].map((name) => join(sandbox.folder, name)) as [string, string];
  cpSync(join(import.meta.dirname, '../../packages/agent/dist'), program, { recursive: true });
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(sandbox.folder, 'node_modules'));
  const settings: AgentSettings = {
    socketPaths: [socket],
    socketFolder: join(sandbox.folder, 'agent'),
    socketCheckSeconds: 60,
    lifetime: 0,
    autoload: true,
    alwaysAllowIdToken: false,
    webserver: true,
    customScheme: true,
    console: false,
  };
  const child = spawn(process.execPath, [join(program, 'daemon.cjs')], {
    env: sandbox.env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  child.stdin?.end(JSON.stringify(settings));
  await once(child.stdio[3] ?? child, 'data');
  sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
  const pid = child.pid ?? 0;
  return {
    pid,
    ask: (request: { request: string }, channel?: EncryptedChannel) =>
      exchange(request, { socketPath: socket, ...(channel && { channel }) }),
    holdsLibraries: () => /sodium-native/.test(readFileSync(`/proc/${pid}/maps`, 'latin1')),
    replace: () => {
      renameSync(program, `${program}.old`);
      renameSync(join(sandbox.folder, 'node_modules'), join(sandbox.folder, 'old_modules'));
    },
  };
}

async function account(): Promise<{ request: string; config: object }> {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  const config = { name: 'a', issuer_url: metadata.issuer, client_id: 'c', refresh_token: 'r' };
  return { request: 'add', config };
}

it('an agent that holds an account goes on as if nothing had happened', async () => {
  const { ask, holdsLibraries, replace, pid } = await startInstalled();
  await ask({ ...(await account()), plain_add: 1 } as { request: string });
  await until(holdsLibraries);
  // The turns of the event loop in which the rest is loaded.
  for (let turn = 0; turn < 10; turn += 1) await ask({ request: 'check' });
  replace();
  const token = { request: 'access_token', account: 'a' };
  expect(await ask(token)).toMatchObject({ access_token: 'token' });
  expect(await ask(token, new EncryptedChannel())).toMatchObject({ access_token: 'token' });
  const { metadata } = await startIssuer();
  expect((await ask({ request: 'scopes', issuer: metadata.issuer } as { request: string })).info).toBe(
    'openid offline_access',
  );
  const generated = { issuer_url: metadata.issuer, client_id: 'c', name: 'b' };
  const login = { request: 'gen', config: generated, flow: ['device'] };
  expect(await ask(login, new EncryptedChannel())).toMatchObject({ status: 'accepted' });
  await ask({ request: 'lock', password: 'secret' } as { request: string }, new EncryptedChannel());
  await ask({ request: 'unlock', password: 'secret' } as { request: string }, new EncryptedChannel());
  expect((await ask({ request: 'loaded_accounts' })).info).toEqual(['a']);
  process.kill(pid, 'SIGTERM');
  await processEnd(pid);
});

it('an agent that holds nothing says what to do, whatever it cannot load any more', async () => {
  const { ask, replace } = await startInstalled();
  await ask({ request: 'check' });
  replace();
  const refusal = {
    message: "the agent's program was replaced; restart it",
    info: expect.stringContaining('hint: oidc-agent -k; eval $(oidc-agent)\n'),
  };
  const requests = [
    await account(),
    { request: 'scopes', issuer: 'http://localhost:1/' },
    { request: 'gen', config: { issuer_url: 'http://localhost:1/', name: 'b' }, flow: ['device'] },
    { request: 'lock', password: 'secret' },
  ];
  for (const request of requests) await expect(ask(request)).rejects.toMatchObject(refusal);
  // Libraries expect data in the `info` of this one, and so get no hint.
  const providers = { request: 'mytoken_supported_providers', issuer: 'http://localhost:1/' };
  await expect(ask(providers)).rejects.toMatchObject({ message: refusal.message });
  await expect(ask({ request: 'check' }, new EncryptedChannel())).rejects.toMatchObject(refusal);
  expect(await ask({ request: 'check' })).toEqual({ status: 'success' });
});

it.skipIf(!canSleep)(
  'an agent that sleeps goes on with the new program, also where it was awake',
  async () => {
    const agent = await startInstalledAgent(sandbox, { sleepAfter: 60 });
    const { metadata } = await startIssuer();
    const ask = (request: object) => exchange(request as { request: string }, { socketPath: agent.socket });
    const scopes = { request: 'scopes', issuer: metadata.issuer };
    await ask({ request: 'status' });
    const folder = dirname(agent.awake);
    renameSync(folder, `${folder}.away`);
    await expect(ask(scopes)).rejects.toMatchObject({
      message: "the agent's program was replaced; try again",
      code: 'try-again',
      info: 'hint: the agent goes on with the new program in a moment\n',
    });
    renameSync(`${folder}.away`, folder);
    await until(() =>
      ask(scopes).then(
        ({ info }) => info === 'openid offline_access',
        () => false,
      ),
    );
  },
);
