/** More clients at once than an agent can serve: each of the others gets an error, and the agent continues. */
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connectToAgent } from '@jeton/client/conversation/connect';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

let sandbox: Sandbox;
let socketPath: string;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

/** Starts an agent in a shell that has done something before. */
async function startAfter(command: string): Promise<void> {
  const { stdout } = await sandbox.run('/bin/sh', ['-c', `${command}; oidc-agent --json`]);
  const { socket, dpid } = JSON.parse(stdout);
  socketPath = socket;
  sandbox.onClose(() => endProcess(Number(dpid)));
}

/** Connects so many clients, and only then has them ask. */
async function askAtOnce(count: number): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connectToAgent({ socketPath })));
  return await Promise.all(clients.map(check));
}

/** The answer that a client gets, read as the protocol says: to the end, which may be a reset. */
function ask(client: Socket, request: object): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    client.on('data', (piece) => {
      answer += piece;
    });
    client.once('error', () => undefined).once('close', () => resolve(answer));
    client.write(JSON.stringify(request));
  });
}

const check = (client: Socket) => ask(client, { request: 'check' });
const howOften = (answers: readonly string[]) =>
  Object.fromEntries(
    [...new Set(answers)].map((answer) => [answer, answers.filter((a) => a === answer).length]),
  );
const served = '{"status":"success"}';

it('1,000 clients at once are all served', async () => {
  await startAfter(':');
  expect(howOften(await askAtOnce(1000))).toEqual({ [served]: 1000 });
});

it('past 1,024 each gets an error that the client understands', async () => {
  await startAfter(':');
  const clients = await Promise.all(Array.from({ length: 1024 }, () => connectToAgent({ socketPath })));
  expect(await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: socketPath } })).toMatchObject({
    stdout: '',
    stderr: expect.stringMatching(/^Error: too many connections \(1024\); please try again later\n/),
    code: 75,
  });
  clients[0]?.destroy();
  expect(howOften(await Promise.all(clients.slice(1).map(check)))).toEqual({ [served]: 1023 });
});

describe('where only 256 files may be open', () => {
  it('each of 400 clients gets a token or the advice to come later, again and again', async () => {
    await startAfter('ulimit -n 256');
    for (let round = 0; round < 5; round += 1) {
      const asked = Array.from({ length: 400 }, () => exchange({ request: 'check' }, { socketPath }));
      const failures = (await Promise.allSettled(asked)).flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason] : [],
      );
      expect(failures.length).toBeLessThanOrEqual(400 - 128);
      for (const failure of failures)
        expect(failure).toMatchObject({ name: 'AgentError', code: 'try-again' });
    }
    expect(await sandbox.run('oidc-add', ['-a'], { env: { OIDC_SOCK: socketPath } })).toMatchObject({
      code: 0,
    });
  });

  it('400 clients that stay connected get the advice to come later, and leave enough open files for tokens', async () => {
    const { metadata } = await startIssuer({ '/token': tokens('token') });
    const account = { name: 'plain', issuer_url: metadata.issuer, client_id: 'c', refresh_token: 'r' };
    writeFileSync(join(sandbox.accounts, 'plain'), JSON.stringify(account), { mode: 0o600 });
    await startAfter('ulimit -n 256');
    const first = await connectToAgent({ socketPath });
    const clients = await Promise.all(Array.from({ length: 400 }, () => connectToAgent({ socketPath })));
    for (const client of clients) client.on('error', () => undefined).resume();
    expect(await sandbox.run('oidc-token', ['plain'], { env: { OIDC_SOCK: socketPath } })).toMatchObject({
      stderr: expect.stringMatching(/too many (connections|clients)/),
      code: 75,
    });
    expect(await ask(first, { request: 'access_token', account: 'plain' })).toContain(
      '"access_token":"token"',
    );
    for (const client of clients) client.destroy();
  });
});
