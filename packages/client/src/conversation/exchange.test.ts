import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startBusyAgent } from '../../test/busy-agent.ts';
import { type Script, startScriptedAgent } from '../../test/scripted-agent.ts';
import { AgentError } from '../agent-error.ts';
import type { AgentOptions } from '../options.ts';
import { codeOfText } from './agent-texts.ts';
import { connectToAgent } from './connect.ts';
import { type ExchangeOptions, exchange } from './exchange.ts';

const start = async (script: string | object | Script) => {
  const agent = await startScriptedAgent(script);
  onTestFinished(() => agent.close());
  return agent;
};

/** The error with which an exchange ends. */
const failure = async (options: ExchangeOptions, request = { request: 'access_token', account: 'wlcg' }) => {
  const outcome = await exchange(request, options).catch((error: unknown) => error);
  if (outcome instanceof AgentError) return outcome;
  throw new Error(`no AgentError, but ${JSON.stringify(outcome)}`);
};

describe('an exchange', () => {
  it('sends one JSON object, members in their order, and gives the answer', async () => {
    const agent = await start({ status: 'success', n: 1 });
    const answer = await exchange(
      { request: 'x', b: 'ü', a: undefined, c: 0 },
      { socketPath: agent.socketPath },
    );
    expect(answer).toEqual({ status: 'success', n: 1 });
    expect(agent.requests).toEqual(['{"request":"x","b":"ü","c":0}']);
  });

  it('takes an answer in any number of pieces, also when a character is split', async () => {
    const bytes = Buffer.from('{"status":"success","name":"Zoë"}');
    const agent = await start(async (connection) => {
      for (const byte of bytes) {
        await new Promise((resolve) => connection.write(Uint8Array.of(byte), resolve));
        await setImmediate();
      }
      connection.end();
    });
    expect(await exchange({ request: 'x' }, { socketPath: agent.socketPath })).toMatchObject({ name: 'Zoë' });
  });

  it('understands an answer with line breaks inside a string, as the C agent writes them', async () => {
    const agent = await start('{\n\t"status":\t"success", "info":"one\n\ttwo \\"three\\"\\\\"}\n');
    const { info } = await exchange({ request: 'status' }, { socketPath: agent.socketPath });
    expect(info).toBe('one\n\ttwo "three"\\');
  });

  it('gives answers that are neither success nor failure to the caller', async () => {
    const agent = await start({ status: 'accepted', uri: 'u' });
    expect(await exchange({ request: 'gen' }, { socketPath: agent.socketPath })).toMatchObject({
      status: 'accepted',
    });
  });
});

it('an exchange that is aborted as the connection is made sends nothing', async () => {
  const agent = await start({ status: 'success' });
  const controller = new AbortController();
  const connect = async (options: AgentOptions) => {
    const socket = await connectToAgent(options);
    controller.abort();
    return socket;
  };
  const { socketPath } = agent;
  expect(await failure({ socketPath, signal: controller.signal, connect })).toMatchObject({
    code: 'aborted',
  });
  expect(agent.requests).toEqual([]);
});

describe('an error of the agent', () => {
  it.each([
    ['No account configured with that short name', 'unknown-account'],
    ['account not loaded', 'not-loaded'],
    ['Agent locked', 'locked'],
    ['operation forbidden', 'forbidden'],
    ['user cancelled password prompt', 'forbidden'],
    ['wrong password', 'wrong-password'],
    ['invalid_grant: refresh token expired', 'login-needed'],
    ['invalid_grant', 'login-needed'],
    ['No or malformed refresh token', 'login-needed'],
    ['could not connect to url', 'issuer-unreachable'],
    ['Received Http Status Code 503', 'try-again'],
    ['Received Http Status Code 404', 'failed'],
    ['request currently not acceptable; please try again later (7s)', 'try-again'],
    ["'/home/max/.oidc-agent/wlcg' is in use by process 12 on host", 'try-again'],
    ['invalid_scope: no such scope', 'failed'],
    ['Agent not locked', 'failed'],
  ])('%j has the code %s', async (error, code) => {
    const agent = await start({ status: 'failure', error });
    expect(codeOfText(error)).toBe(code);
    expect(await failure({ socketPath: agent.socketPath })).toMatchObject({ message: error, code });
  });

  it('comes with the next command', async () => {
    const agent = await start({ status: 'failure', error: 'account not loaded' });
    const { hints } = await failure({ socketPath: agent.socketPath });
    expect(hints).toEqual(['load the account with: oidc-add wlcg']);
  });

  it('comes with the explanation of the agent instead, where there is one', async () => {
    const agent = await start({ status: 'failure', error: 'account not loaded', info: 'Load it!' });
    expect(await failure({ socketPath: agent.socketPath })).toMatchObject({ info: 'Load it!', hints: [] });
  });

  it('has one hint of all that there is to say, without the marks of the programs', async () => {
    const bare = await start({ status: 'failure', error: 'account not loaded' });
    expect(await failure({ socketPath: bare.socketPath })).toMatchObject({
      hint: 'load the account with: oidc-add wlcg',
    });
    const told = await start({ status: 'failure', error: 'Nein', info: 'hint: one\nhint: two\n' });
    expect(await failure({ socketPath: told.socketPath })).toMatchObject({ hint: 'one\ntwo' });
    const silent = await start({ status: 'failure', error: 'Nein' });
    expect((await failure({ socketPath: silent.socketPath })).hint).toBeUndefined();
  });

  it('needs no text', async () => {
    const agent = await start({ status: 'failure' });
    expect(await failure({ socketPath: agent.socketPath })).toMatchObject({ code: 'failed' });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['not JSON', 'HTTP/1.1 400 Bad Request'],
    ['half an object', '{"status":"success","access_token":"ab'],
    ['an array', '["status"]'],
    ['null', 'null'],
    ['without a status', '{"access_token":"abc"}'],
    ['a status that is no text', '{"status":1}'],
  ])('(%s) is malformed, and not repeated in the error', async (_, text) => {
    const agent = await start(text);
    const error = await failure({ socketPath: agent.socketPath });
    expect(error).toMatchObject({ code: 'malformed' });
    expect(error.message).toBe('The answer of the agent is not a JSON object with a status');
  });

  it.each(['', ' '])('(%j) counts as no agent', async (text) => {
    const agent = await start(text);
    const error = await failure({ socketPath: agent.socketPath });
    expect(error).toMatchObject({
      code: 'unreachable',
      message: 'did not receive any response',
    });
  });

  it('(endless) is given up after a megabyte', async () => {
    const agent = await start((connection) => {
      const block = Buffer.alloc(65536, 'x');
      const more = () => connection.write(block, (error) => error ?? more());
      more();
    });
    expect(await failure({ socketPath: agent.socketPath })).toMatchObject({ code: 'malformed' });
  });

  it('(silence) ends at the deadline', async () => {
    const agent = await start(() => {});
    const error = await failure({ socketPath: agent.socketPath, timeoutMs: 50 });
    expect(error).toMatchObject({ code: 'timeout' });
    expect(error.hints[0]).toContain('did not answer within 0.05 s');
  });

  it('(silence) ends when the caller gives up', async () => {
    const giveUp = new AbortController();
    const agent = await start(() => giveUp.abort('enough'));
    const error = await failure({ socketPath: agent.socketPath, signal: giveUp.signal });
    expect(error).toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  it('is not even waited for when the caller has given up before', async () => {
    const agent = await start({ status: 'success' });
    const error = await failure({ socketPath: agent.socketPath, signal: AbortSignal.abort() });
    expect(error.code).toBe('aborted');
    expect(agent.requests).toEqual([]);
  });
});

describe('without an agent', () => {
  let folder: string;
  let socketPath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jeton-client-'));
    socketPath = join(folder, 'agent.sock');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('says that there is no socket, and how to start an agent', async () => {
    expect(await failure({ socketPath })).toMatchObject({
      code: 'unreachable',
      message: 'Could not connect to oidc-agent',
      hints: [`there is no socket at ${socketPath}`, 'start an agent with: eval $(oidc-agent)'],
    });
  });

  it('says that nobody listens on a socket that an agent left behind', async () => {
    await leaveSocket(socketPath);
    const { code, hints } = await failure({ socketPath });
    expect(code).toBe('unreachable');
    expect(hints[0]).toBe(`no agent listens on ${socketPath}: the agent that created it has ended`);
  });

  it('says what else the system says', async () => {
    await writeFile(join(folder, 'file'), '');
    const { hints } = await failure({ socketPath: join(folder, 'file', 'agent.sock') });
    expect(hints[0]).toContain('ENOTDIR');
  });

  it('says how long a path is that is too long', async () => {
    const path = `/tmp/${'x'.repeat(200)}`;
    const { code, hints } = await failure({ socketPath: path });
    expect(code).toBe('unreachable');
    expect(hints[0]).toContain('205 bytes');
  });
});

describe('without OIDC_SOCK', () => {
  const uid = process.getuid?.();
  let folder: string;
  /** The stable places, in the order in which they are looked at. */
  let places: [string, string];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jeton-client-'));
    const folders = [join(folder, 'oidc-agent-service'), join(folder, `oidc-agent-service-${uid}`)] as const;
    for (const place of folders) await mkdir(place, { mode: 0o700 });
    places = [join(folders[0], 'oidc-agent.sock'), join(folders[1], 'oidc-agent.sock')];
    for (const [name, value] of [
      ['OIDC_SOCK', ''],
      ['XDG_RUNTIME_DIR', folder],
      ['TMPDIR', folder],
    ] as const) {
      vi.stubEnv(name, value);
    }
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  const agentAt = async (path: string, name: string) => {
    const server = createServer((connection) => {
      connection.once('data', () => connection.end(JSON.stringify({ status: 'success', name })));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  };
  const answeredBy = async () => (await exchange({ request: 'check' })).name;

  it('the agent in XDG_RUNTIME_DIR is asked first', async () => {
    await agentAt(places[0], 'runtime');
    await agentAt(places[1], 'service');
    expect(await answeredBy()).toBe('runtime');
  });

  it('the next place is looked at where there is no socket, or one that nobody listens on', async () => {
    await agentAt(places[1], 'service');
    expect(await answeredBy()).toBe('service');
    await leaveSocket(places[0]);
    expect(await answeredBy()).toBe('service');
  });

  it("an agent in a folder that is open to others is not asked: it may be anybody's", async () => {
    await agentAt(places[1], 'service');
    await chmod(join(places[1], '..'), 0o777);
    expect(await failure({})).toMatchObject({
      code: 'unreachable',
      hints: [
        expect.stringContaining('is not trusted'),
        `there is no socket at ${places[0]}`,
        'start an agent with: eval $(oidc-agent)',
      ],
    });
  });

  it('every place is named where there is none', async () => {
    const { hints } = await failure({});
    expect(hints.slice(0, 2)).toEqual(places.map((path) => `there is no socket at ${path}`));
  });
});

describe.runIf(process.platform === 'linux')('an agent whose queue of connections is full', () => {
  it('is asked again until it takes the connection', async () => {
    const agent = await startBusyAgent();
    const answer = exchange({ request: 'x' }, { socketPath: agent.socketPath });
    // Its first attempt has been refused by now: connect() is synchronous.
    agent.goOn();
    expect(await answer).toMatchObject({ status: 'success' });
  });

  it('is given up at the deadline, and nothing was sent', async () => {
    const { socketPath } = await startBusyAgent();
    expect(await failure({ socketPath, timeoutMs: 50 })).toMatchObject({
      code: 'try-again',
      message: 'Could not connect to oidc-agent',
    });
  });
});

/** A socket file without a process behind it. */
async function leaveSocket(path: string): Promise<void> {
  const source = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', source, path], { stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
}
