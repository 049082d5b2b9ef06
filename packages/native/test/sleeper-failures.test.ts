/** The agent that sleeps, where the program that it wakes does not start, or not soon, and with clients that overdo it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasPrlimit, lowerLimit } from '../../../e2e/support/computer/limits.ts';
import { until } from '../../../e2e/support/until.ts';
import { MIN_CONNECTIONS } from '../../agent/src/daemon/socket/connection-limit.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper } from './running-sleeper.ts';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

// One build is enough, as these take their time: the one that checks its memory accesses, if it is there.
const build = sleepers.find(([name]) => name === 'compiled with sanitizers') ?? sleepers[0];

describe.each(build === undefined ? [] : [build])(
  'the agent that sleeps, with faults, %s',
  (_name, [program]) => {
    let running: RunningSleeper;
    beforeEach(() => {
      running = new RunningSleeper();
    });
    afterEach(() => running.remove());

    async function start(options: { startSeconds?: number; checkSeconds?: number } = {}): Promise<void> {
      expect(await running.start({ program, ...options })).toEqual({ ready: true });
    }

    const ask = (request: object) => running.ask(request);
    const askWorker = async (request: object) => JSON.parse(await ask(request));
    const token = { request: 'access_token', account: 'wlcg' };
    const entry = { account: 'wlcg', issuer: 'https://issuer/', answer: '{"token":"first"}' };
    const seconds = () => performance.now() / 1000;
    /** Waits until a program is about to start: before that, it would get the clients that have connected. */
    const starting = async () => {
      const { pid } = running;
      while (readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1') === '') await setTimeout(5);
    };
    /** Waits until no program runs. */
    const ended = async () => {
      const { pid } = running;
      while (readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1') !== '') await setTimeout(5);
    };
    /** Processor time of the agent, in seconds. */
    const busy = () => {
      const fields = readFileSync(`/proc/${running.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    };

    it('ends a program that does not start in time, and gives out what is ready meanwhile', async () => {
      await start({ startSeconds: 2 });
      await askWorker({ do: 'sleep', entries: [entry], state: 'hangs at birth' });
      await ended();
      const begin = seconds();
      const waiting = askWorker({ request: 'status' });
      await starting();
      expect(await ask(token)).toBe('{"token":"first"}');
      expect(seconds() - begin).toBeLessThan(2);
      expect(await waiting).toMatchObject({
        error: 'the program of the agent does not start: it has not started within 2 s',
        info: expect.stringContaining('the agent has kept its accounts'),
      });
      await ended();
      // The next one is not waited for in the same way.
      const next = askWorker({ request: 'status' });
      await starting();
      const again = seconds();
      expect(await ask(token)).toBe('{"token":"first"}');
      expect(seconds() - again).toBeLessThan(2);
      expect(await next).toMatchObject({ status: 'failure' });
    });

    it('leaves clients that come during a slow start to Node, too', async () => {
      await start();
      await askWorker({ do: 'sleep', state: 'slow at birth' });
      const first = askWorker({ request: 'status' });
      await setTimeout(3500);
      const second = askWorker({ request: 'status' });
      const third = new RawClient(running.path);
      third.socket.end('{"request":"status"}');
      const { pid } = await first;
      // The agent asks the first program to sleep soon, and gives the other clients to the next one.
      expect((await second).pid).not.toBe(pid);
      expect(JSON.parse(await third.answer())).toMatchObject({ by: 'worker' });
    });

    it('reads no more from a client that waits for a slow start', async () => {
      await start({ startSeconds: 4 });
      await askWorker({ do: 'sleep', entries: [entry], state: 'hangs at birth' });
      await ended();
      const waiting = askWorker({ request: 'status' });
      await starting();
      expect(await ask(token)).toBe('{"token":"first"}');
      const before = running.residentKiB;
      const flood = new RawClient(running.path);
      flood.socket.on('error', () => undefined).write(`{"a":"${'x'.repeat(64 * 1024 * 1024)}`);
      expect(await waiting).toMatchObject({ status: 'failure' });
      expect(running.residentKiB - before).toBeLessThan(4096);
      expect(await ask(token)).toBe('{"token":"first"}');
      flood.socket.destroy();
    });

    it('keeps a bounded amount of answers for clients that do not take them', async () => {
      await start();
      const large = { ...entry, answer: JSON.stringify({ token: 'x'.repeat(900_000) }) };
      await askWorker({ do: 'sleep', entries: [large] });
      await ended();
      const clients = Array.from({ length: 100 }, () => new RawClient(running.path));
      for (const client of clients) client.socket.pause();
      await Promise.all(clients.map((client) => client.write(JSON.stringify(token))));
      expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
      for (const client of clients) client.socket.destroy();
      expect(await ask(token)).toBe(large.answer);
    });

    it('waits quietly for a program that takes long to end', async () => {
      await start({ checkSeconds: 0.1 });
      await askWorker({});
      const [worker = 0] = running.children;
      process.kill(worker, 'SIGSTOP');
      process.kill(running.pid, 'SIGTERM');
      while (existsSync(running.path)) await setTimeout(5);
      const [before, begin] = [busy(), seconds()];
      await setTimeout(700);
      expect((busy() - before) / (seconds() - begin)).toBeLessThan(0.1);
      process.kill(worker, 'SIGKILL');
    });

    it('ends in time while a program does not start', async () => {
      await start({ startSeconds: 60 });
      await askWorker({ do: 'sleep', state: 'hangs at birth' });
      const waiting = ask({ request: 'status' }).catch(() => '');
      await new RawClient(running.path).write('{"request":"check"');
      const begin = seconds();
      await running.end('SIGTERM');
      expect(seconds() - begin).toBeLessThan(10);
      await waiting;
    });

    it('rests between its attempts where something is due', async () => {
      await start();
      await askWorker({ do: 'sleep', state: 'dies at birth', wakeIn: 0 });
      for (let count = 0; count < 6; count += 1) await ask({ request: 'status' });
      const [before, begin] = [busy(), seconds()];
      await setTimeout(700);
      expect((busy() - before) / (seconds() - begin)).toBeLessThan(0.3);
    });

    it('hands Node a client that is silent, with the seconds that the client has left', async () => {
      await start();
      const silent = new RawClient(running.path);
      const slow = new RawClient(running.path);
      await slow.write('{"half":');
      await ask({ request: 'check' });
      await setTimeout(1000);
      // The third one has said all, and only waits.
      const [begun, idle] = (await askWorker({})).left.toSorted((one: number, other: number) => one - other);
      expect([begun > 0 && begun <= 9, idle > 15 && idle <= 29]).toEqual([true, true]);
      await Promise.all([silent, slow].map((client) => client.socket.destroy()));
    });

    it.skipIf(!hasPrlimit)('goes on where its socket is gone while it may open no more files', async () => {
      await start({ checkSeconds: 0.05 });
      const client = new RawClient(running.path);
      await client.write('{"request":');
      const raise = lowerLimit(running.pid, 'nofile', 3);
      rmSync(running.path);
      await setTimeout(300);
      raise();
      await until(() => existsSync(running.path));
      await client.write('"check"}');
      expect(await client.answer()).toBe('{"status":"success"}');
      expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
    });

    it('serves a client that comes when another one has gone, where all places were taken', async () => {
      const limited = ['/bin/sh', '-c', 'ulimit -n 100; exec "$0"', program] as const;
      await running.remove();
      running = new RunningSleeper(limited);
      expect(await running.start()).toEqual({ ready: true });
      const clients = Array.from({ length: MIN_CONNECTIONS }, () => new RawClient(running.path));
      const [last] = clients;
      await last?.write('{"request":');
      expect(await ask({ request: 'check' })).toContain(`too many connections (${MIN_CONNECTIONS})`);
      for (const client of clients) {
        client.socket.destroy();
        expect(await ask({ request: 'check' })).toBe('{"status":"success"}');
        clients.push(new RawClient(running.path));
        if (clients.length === 100) break;
      }
      for (const client of clients) client.socket.destroy();
    });

    it('is not filled up by clients that send much and no end', async () => {
      await start();
      const clients = Array.from({ length: 1000 }, () => new RawClient(running.path));
      const much = `{"a":"${'x'.repeat(60_000)}`;
      await Promise.all(clients.map((client) => client.write(much)));
      await Promise.all(clients.map((client) => client.write('"}')));
      const answers = await Promise.all(clients.map((client) => client.answer()));
      expect(answers.filter((answer) => JSON.parse(answer).by === 'worker')).toHaveLength(1000);
    });
  },
);
