/**
 * A file server does not answer. Programs that need a file there get an error that says so, all others get their tokens, and the
 * agent ends on SIGTERM. Only root can play such a server.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { getToken } from '@jeton/client';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { deferred } from '../../packages/agent/test/deferred.ts';
import { readAccount } from '../support/agent/account-files.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { hang } from '../support/computer/hung-folder.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { processEnd } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let agent: RunningAgent;
let server: string;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
  server = join(sandbox.folder, 'server');
  mkdirSync(server);
});
afterEach(() => sandbox.close());

const ask = (account: string) => getToken({ account, socketPath: agent.socket, forceNew: true });
const failed = (answer: Promise<unknown>) => answer.catch((error: unknown) => error);
function stopAnswering(folder: string, context: TestContext): void {
  context.skip(hang(sandbox, folder) === undefined, 'this user may not mount');
}

/** Makes an account, plain as it takes no time, and loads it without asking the issuer. */
async function load(name: string, issuer_url: string, members: object = {}): Promise<void> {
  const config = { name, issuer_url, client_id: 'client', refresh_token: 'first', ...members };
  writeFileSync(join(sandbox.accounts, name), JSON.stringify(config), { mode: 0o600 });
  await exchange({ request: 'add', config, plain_add: 1 }, { socketPath: agent.socket });
}

/** More accounts than the agent has threads, each with certificates of its own on the server; and one with none. */
async function accountsThere(): Promise<string[]> {
  const { metadata } = await startIssuer({ '/token': tokens('token') });
  const names = Array.from({ length: 20 }, (_, number) => `there-${number}`);
  for (const name of names) await load(name, metadata.issuer, { cert_path: join(server, name) });
  await load('here', metadata.issuer);
  return names;
}

describe('certificates on a file server that does not answer', () => {
  it('keep only the accounts waiting that trust them, which get an error', async (context) => {
    const names = await accountsThere();
    stopAnswering(server, context);
    const answers = names.map((name) => failed(ask(name)));
    expect((await ask('here')).token).toBe('token');
    for (const [index, answer] of (await Promise.all(answers)).entries())
      expect(answer).toMatchObject({
        message: `error with ssl cert: cannot read the certificates in ${join(server, names[index] ?? '')}: '${join(server, names[index] ?? '')}' does not answer within 5 s`,
      });
    // Hanging reads have taken their share of the threads, so child processes read the other files now.
    await load('new', (await readAccount(sandbox, 'here')).issuer_url);
    expect((await ask('new')).token).toBe('token');
    expect((await ask('here')).token).toBe('token');
  });

  it('do not hinder the agent from ending', async (context) => {
    const names = await accountsThere();
    stopAnswering(server, context);
    for (const name of names) void failed(ask(name));
    expect((await ask('here')).token).toBe('token');
    process.kill(agent.pid, 'SIGTERM');
    await processEnd(agent.pid);
    expect(existsSync(agent.socket)).toBe(false);
    expect(existsSync(dirname(agent.socket))).toBe(false);
  });
});

describe('the folder of the accounts on a file server that does not answer', () => {
  it('does not hinder the agent from ending, with requests that wait for it', async (context) => {
    const names = await accountsThere();
    stopAnswering(sandbox.accounts, context);
    for (const name of [...names, 'unknown-1', 'unknown-2']) void failed(ask(name));
    expect(await sandbox.run('oidc-agent', ['--status'])).toMatchObject({ code: 0 });
    process.kill(agent.pid, 'SIGTERM');
    await processEnd(agent.pid);
    expect(existsSync(dirname(agent.socket))).toBe(false);
  });

  it('keeps no client from what needs none of its files', async (context) => {
    const names = await accountsThere();
    const { metadata } = await startIssuer();
    stopAnswering(sandbox.accounts, context);
    for (const name of names) void failed(ask(name));
    // A host name is looked up by the same threads.
    const issuer = metadata.issuer.replace('127.0.0.1', 'localhost');
    const answer = exchange({ request: 'scopes', issuer }, { socketPath: agent.socket });
    await expect(answer).rejects.toThrow('Provider uses another issuer url than expected');
  });

  it('does not hinder it either when a new refresh token cannot be saved', async (context) => {
    const asked = deferred();
    const answer = deferred();
    const { metadata } = await startIssuer({
      '/token': async (_request, response) => {
        asked.resolve(undefined);
        await answer.promise;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer', refresh_token: 'second' }));
      },
    });
    await load('here', metadata.issuer);
    void failed(ask('here'));
    await asked.promise;
    stopAnswering(sandbox.accounts, context);
    process.kill(agent.pid, 'SIGTERM');
    await until(() => !existsSync(agent.socket));
    answer.resolve(undefined);
    await processEnd(agent.pid);
  });
});

describe('an agent that gets SIGTERM', () => {
  it('waits for a new refresh token that is on its way, and saves it', async () => {
    const asked = deferred();
    const { metadata } = await startIssuer({
      '/token': async (_request, response) => {
        asked.resolve(undefined);
        // Longer than any other deadline.
        await setTimeout(8000);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer', refresh_token: 'second' }));
      },
    });
    await load('here', metadata.issuer);
    const token = ask('here');
    await asked.promise;
    process.kill(agent.pid, 'SIGTERM');
    expect((await token).token).toBe('a');
    await processEnd(agent.pid);
    expect((await readAccount(sandbox, 'here')).refresh_token?.reveal()).toBe('second');
  });
});
