/** An agent that sleeps, and whose files are replaced: `--restart-on-update`. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EncryptedChannel } from '@jeton/protocol/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/until.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import { RunningSleeper, sleeperProgram, standIn } from './running-sleeper.ts';

describe.skipIf(!existsSync(sleeperProgram))(
  'an agent whose files are replaced (npm run build:native)',
  () => {
    let agent: RunningSleeper;
    let program: string;
    let script: string;
    beforeEach(() => {
      agent = new RunningSleeper();
      program = join(agent.folder, 'oidc-agent-sleeper');
      script = join(agent.folder, 'awake.cjs');
      copyFileSync(sleeperProgram, program);
      copyFileSync(standIn, script);
    });
    afterEach(() => agent.remove());

    const start = (others = {}) =>
      agent.start({ program, script, checkSeconds: 0.05, followsUpdates: true, ...others });
    /** Puts a copy of a file, changed or not, in the place of another one, as an installer does. */
    const replace = (path: string, source: string, change: (copy: string) => void = () => undefined) => {
      copyFileSync(source, `${path}.new`);
      change(`${path}.new`);
      renameSync(`${path}.new`, path);
    };
    const addByte = (copy: string) => appendFileSync(copy, ' ');
    const runs = (path: string) => statSync(`/proc/${agent.pid}/exe`).ino === statSync(path).ino;
    const entry = { account: 'wlcg', answer: '{"token":"first"}' };
    const token = { request: 'access_token', account: 'wlcg' };

    it('goes on as the new program, with the same process, sockets and state', async () => {
      await start({ group: true });
      await agent.ask({ do: 'die' });
      await agent.askStandIn({ do: 'sleep', state: 'x'.repeat(3e6), entries: [entry] });
      expect(await agent.ask(token)).toBe('{"token":"first"}');
      const socket = statSync(agent.path).ino;
      const half = new RawClient(agent.path);
      await half.write('{"request":');
      replace(program, sleeperProgram, addByte);
      await until(() => runs(program));
      // It wakes by itself, and so renews the token that was used.
      await until(() => agent.children.length === 1);
      await half.write('{"half":1}}');
      expect(JSON.parse(await half.answer())).toMatchObject({ asked: { request: { half: 1 } } });
      const { state, used, deaths } = await agent.askStandIn({});
      expect([state.length, used, deaths]).toEqual([3e6, ['wlcg\n\n'], 1]);
      expect([statSync(agent.path).ino, existsSync(`${agent.path}.group`)]).toEqual([socket, true]);
      const status = readFileSync(`/proc/${agent.children[0]}/status`, 'latin1');
      expect(/SigBlk:\t(.*)/.exec(status)?.[1]).toBe('0000000000000000');
      expect(JSON.parse(await agent.ask(token, `${agent.path}.group`))).toMatchObject({ by: 'worker' });
      await agent.end('SIGTERM');
      expect([agent.exitCode, existsSync(agent.path), existsSync(join(agent.folder, 'pid'))]).toEqual([
        0,
        false,
        false,
      ]);
    });

    it('goes on with an encrypted conversation', async () => {
      await start();
      const client = new RawClient(agent.path);
      const channel = new EncryptedChannel();
      const said = client.next();
      await client.write(channel.publicKey);
      const key = await said;
      channel.setPeer(key);
      replace(program, sleeperProgram, addByte);
      await until(() => runs(program));
      await client.write(channel.seal('{"request":"check"}'));
      expect(channel.open((await client.answer()).slice(key.length))).toBe('{"status":"success"}');
    });

    it('happens again with the next update, and no client notices', async () => {
      await start();
      await agent.askStandIn({ do: 'sleep', state: 'state' });
      let isOver = false;
      const clients = Array.from({ length: 4 }, async () => {
        while (!isOver) expect(await agent.ask({ request: 'check' })).toMatch(/success|worker/);
      });
      for (let updates = 0; updates < 3; updates += 1) {
        replace(program, sleeperProgram, addByte);
        await until(() => runs(program));
      }
      expect(await agent.askStandIn({})).toMatchObject({ state: 'state' });
      isOver = true;
      await Promise.all(clients);
    });

    it.each<[what: string, source: string, change?: (copy: string) => void]>([
      ['is garbage', standIn],
      ['cannot be executed', sleeperProgram, (copy) => chmodSync(copy, 0o600)],
      ['is for another machine', sleeperProgram, (copy) => otherMachine(copy)],
      // It takes no notice of its options, as the first version.
      ['is older than this feature', '/bin/true'],
    ])('goes on as it is where the new program %s', async (_what, source, change) => {
      await start();
      const { pid } = await agent.askStandIn({ state: 'state' });
      replace(program, source, change);
      // It sleeps, as the other files may be new, too.
      await until(async () => (await agent.askStandIn({})).pid !== pid);
      await setTimeout(300);
      expect(await agent.askStandIn({ do: 'sleep' })).toMatchObject({ state: 'state' });
      expect(await agent.ask({ request: 'check' })).toContain('success');
      replace(program, sleeperProgram);
      await until(() => runs(program));
      expect(await agent.askStandIn({})).toMatchObject({ state: 'state' });
    });

    it('has a Node program sleep whose files were replaced, unless the new one does not run', async () => {
      await start();
      const { pid } = await agent.askStandIn({});
      const tried = join(agent.folder, 'tried');
      replace(script, standIn, (copy) =>
        writeFileSync(
          copy,
          `require('node:fs').writeFileSync(${JSON.stringify(tried)}, ''); process.exit(1);`,
        ),
      );
      await until(() => existsSync(tried));
      await setTimeout(300);
      expect(await agent.askStandIn({})).toMatchObject({ pid });
      replace(script, standIn);
      await until(async () => (await agent.askStandIn({})).pid !== pid);
      // Once.
      const next = await agent.askStandIn({});
      await setTimeout(300);
      expect(await agent.askStandIn({})).toMatchObject({ pid: next.pid });
    });

    it('becomes no program that was put there after the trial of another one', async () => {
      await start({ checkSeconds: 1 });
      const half = new RawClient(agent.path);
      await half.write('{"half":');
      // The Node program sleeps no sooner than this client has its answer.
      await agent.askStandIn({ state: 'state' });
      const tried = join(agent.folder, 'tried');
      const note = `require('node:fs').writeFileSync(${JSON.stringify(tried)}, '');\n`;
      replace(script, standIn, (copy) => writeFileSync(copy, `${note}${readFileSync(standIn)}`));
      replace(program, sleeperProgram, addByte);
      await until(() => existsSync(tried));
      // The compiled program is tried next.
      await setTimeout(400);
      replace(program, '/bin/true');
      await half.write('1}');
      await half.answer();
      await until(() => agent.children.length === 0);
      await setTimeout(300);
      expect(await agent.askStandIn({})).toMatchObject({ state: 'state' });
    });

    it('looks at no files without the option', async () => {
      await start({ followsUpdates: false });
      const { pid } = await agent.askStandIn({});
      replace(program, sleeperProgram, addByte);
      replace(script, standIn, addByte);
      await setTimeout(400);
      expect([runs(program), (await agent.askStandIn({})).pid]).toEqual([false, pid]);
    });
  },
);

/** Has the header of an ELF file name another kind of machine. */
function otherMachine(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt16LE(0xffff, 18);
  writeFileSync(path, bytes);
}
