/** Where an agent listens: that there is never more than one, and that it comes back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { RawClient } from '../../../test/raw-client.ts';
import { groupDoor } from './door.ts';
import { type AgentServer, listen } from './server.ts';
import { SocketTaken } from './socket-place.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

/** An agent that answers with its name. */
async function agent(name: string, ...socketPaths: string[]): Promise<AgentServer> {
  const server = await listen(socketPaths, async () => ({ status: 'success', info: name }));
  onTestFinished(() => server.close());
  return server;
}

const whoIsAt = async (socketPath: string) => (await exchange({ request: 'check' }, { socketPath })).info;
const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

describe('an agent', () => {
  it('is reached at each of its places, by its owner only', async () => {
    await agent('one', at('a/s'), at('b/s'));
    expect([await whoIsAt(at('a/s')), await whoIsAt(at('b/s'))]).toEqual(['one', 'one']);
    expect([at('a/s'), at('b/s')].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(at('a')).mode & 0o777).toBe(0o700);
  });

  it('leaves nothing in its folders when it ends', async () => {
    await (await agent('one', at('a/s'), at('b/s'))).close();
    expect([readdirSync(at('a')), readdirSync(at('b'))]).toEqual([[], []]);
  });

  it('does not start where another listens, at whichever place', async () => {
    await agent('one', at('b/s'));
    const error = await failure(listen([at('a/s'), at('b/s')], async () => ({ status: 'success' })));
    expect(error).toBeInstanceOf(SocketTaken);
    expect(error).toMatchObject({ path: at('b/s') });
    expect(existsSync(at('a/s'))).toBe(false);
    expect(await whoIsAt(at('b/s'))).toBe('one');
  });

  it('is one, of many that start at the same time', async () => {
    const starts = Array.from({ length: 20 }, (_, index) => agent(`${index}`, at('a/s'), at('b/s')));
    const outcomes = await Promise.allSettled(starts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter((o) => o.status === 'rejected' && o.reason instanceof SocketTaken)).toHaveLength(
      19,
    );
    expect(await whoIsAt(at('a/s'))).toBe(await whoIsAt(at('b/s')));
  });

  it('starts without the places that it does not need', async () => {
    writeFileSync(at('file'), '');
    await agent('one', at('a/s'), at('file/s'));
    expect(await whoIsAt(at('a/s'))).toBe('one');
    await expect(agent('other', at('file/s'), at('b/s'))).rejects.toThrow('EEXIST');
  });

  it.each([
    ['a file', () => writeFileSync(at('s'), 'dear diary'), 'exists and is not a socket'],
    ['a folder', () => mkdirSync(at('s')), 'exists and is not a socket'],
    ['in a folder that others can write to', () => chmodSync(folder, 0o777), 'other users can write to it'],
  ])('does not take the place of %s', async (_name, make, problem) => {
    make();
    await expect(agent('one', at('s'))).rejects.toThrow(problem);
    expect(statSync(at('s'), { throwIfNoEntry: false })?.isSocket()).not.toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'does not take the place of one that is too busy to answer',
    async () => {
      const source = `require('node:net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => console.log())`;
      const busy = spawn(process.execPath, ['-e', source, at('s')], { stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void busy.kill('SIGKILL'));
      await once(busy.stdout, 'data');
      busy.kill('SIGSTOP');
      const waiting = [connect(at('s')), connect(at('s'))];
      for (const client of waiting) await once(client, 'connect');
      const refused = connect(at('s'));
      expect(await once(refused, 'error')).toMatchObject([{ code: 'EAGAIN' }]);
      await expect(agent('one', at('s'))).rejects.toThrow(SocketTaken);
      for (const client of waiting) client.destroy();
    },
  );

  it('takes the place of a link that leads nowhere', async () => {
    symlinkSync(at('gone'), at('s'));
    await agent('one', at('s'));
    expect(await whoIsAt(at('s'))).toBe('one');
    expect(existsSync(at('gone'))).toBe(false);
  });
});

describe('an agent that checks its sockets', () => {
  it('leaves them alone as long as they are there', async () => {
    const one = await agent('one', at('a/s'), at('b/s'));
    const before = statSync(at('a/s')).ino;
    expect(await one.ensureListening()).toBe(true);
    expect(statSync(at('a/s')).ino).toBe(before);
  });

  it('listens again where a socket, or its folder, has vanished', async () => {
    const one = await agent('one', at('a/s'), at('b/s'));
    rmSync(at('a/s'));
    rmSync(at('b'), { recursive: true });
    expect(await one.ensureListening()).toBe(true);
    expect([await whoIsAt(at('a/s')), await whoIsAt(at('b/s'))]).toEqual(['one', 'one']);
    expect([statSync(at('a/s')).mode & 0o777, statSync(at('b')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('goes on where a folder cannot be made, and is back when it can', async () => {
    const one = await agent('one', at('run/0/s'));
    rmSync(at('run'), { recursive: true });
    writeFileSync(at('run'), '');
    expect(await one.ensureListening()).toBe(true);
    rmSync(at('run'));
    expect(await one.ensureListening()).toBe(true);
    expect(await whoIsAt(at('run/0/s'))).toBe('one');
  });

  it('learns that another has taken its place, and leaves the place to it', async () => {
    const one = await agent('one', at('s'));
    rmSync(at('s'));
    await agent('other', at('s'));
    expect(await one.ensureListening()).toBe(false);
    await one.close();
    expect(await whoIsAt(at('s'))).toBe('other');
  });

  it('stays as long as it is reached at one place', async () => {
    const one = await agent('one', at('a/s'), at('b/s'));
    rmSync(at('b/s'));
    const other = await agent('other', at('b/s'));
    expect(await one.ensureListening()).toBe(true);
    expect([await whoIsAt(at('a/s')), await whoIsAt(at('b/s'))]).toEqual(['one', 'other']);
    await other.close();
    expect(await one.ensureListening()).toBe(true);
    expect(await whoIsAt(at('b/s'))).toBe('one');
  });

  it('answers the clients that came before', async () => {
    const one = await agent('one', at('s'));
    rmSync(at('s'));
    expect(await one.ensureListening()).toBe(true);
    const client = new RawClient(at('s'));
    await client.write('{"request":');
    rmSync(at('s'));
    expect(await one.ensureListening()).toBe(true);
    await client.write('"check"}');
    expect(await client.answer()).toContain('one');
  });
});

describe('a door for a group', () => {
  const groupId = process.getgid?.() ?? 0;
  async function shared(name: string) {
    const door = groupDoor('physics');
    const server = await listen(
      [at('s')],
      async (_request, { door }) => ({ status: 'success', info: `${name}, ${door.name}` }),
      { others: [{ door, path: at('s.group'), sharing: { groupId } }] },
    );
    onTestFinished(() => server.close());
    return server;
  }

  it('has a socket of its own, and the requests that come by it are known', async () => {
    await shared('one');
    expect([await whoIsAt(at('s')), await whoIsAt(at('s.group'))]).toEqual([
      'one, owner',
      'one, group physics',
    ]);
    expect([at('s'), at('s.group')].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o660]);
  });

  it('comes back when its socket was lost, with the rights that it had', async () => {
    const server = await shared('one');
    rmSync(at('s.group'));
    expect(await server.ensureListening()).toBe(true);
    expect(await whoIsAt(at('s.group'))).toBe('one, group physics');
    expect(statSync(at('s.group')).mode & 0o777).toBe(0o660);
  });

  it('does not keep an agent that its owner does not reach any more', async () => {
    const server = await shared('one');
    rmSync(at('s'));
    await agent('other', at('s'));
    expect(await server.ensureListening()).toBe(false);
  });

  it('must be there: without it nothing of the agent is', async () => {
    mkdirSync(at('s.group'));
    await expect(shared('one')).rejects.toThrow(/s\.group exists and is not a socket/);
    expect(existsSync(at('s'))).toBe(false);
  });
});
