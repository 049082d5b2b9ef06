/** The agent that sleeps, started by programs that leave it something unusual, and on an old kernel. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper, sleeperProgram } from './running-sleeper.ts';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

/** Has the system know no call close_range, as before Linux 5.9, opens a FIFO as descriptor 9, and becomes the agent. */
const onOldKernel = `
import ctypes, os, struct, sys
system = ctypes.CDLL(None)
# seccomp(2): for the call 436, "not implemented"; all others as usual.
rules = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, 436, 0x06, 0, 0, 0x00050026, 0x06, 0, 0, 0x7fff0000)
kept = ctypes.create_string_buffer(rules)
if system.prctl(38, 1, 0, 0, 0) or system.prctl(22, 2, struct.pack("HxxxxxxQ", 4, ctypes.addressof(kept))):
    sys.exit("no seccomp")
os.dup2(os.open(sys.argv[1], os.O_WRONLY), 9)
os.execv(sys.argv[2], ["oidc-agent"])
`;
const hasPython = spawnSync('python3', ['-c', 'import ctypes']).status === 0;

describe.skipIf(sleepers.length === 0)('the agent that sleeps', () => {
  let running: RunningSleeper;
  afterEach(() => running.remove());

  it('wakes as often as it is needed, if its starter ignores the ends of children', async () => {
    running = new RunningSleeper(['env', '--ignore-signal=CHLD', sleeperProgram]);
    expect(await running.start()).toEqual({ ready: true });
    for (let count = 0; count < 8; count += 1) {
      expect(await running.sleep({})).toMatchObject({ by: 'worker' });
      while (running.children.length > 0) await setTimeout(5);
    }
  });

  it.skipIf(!hasPython)('keeps no files of its starter open, also on an old kernel', async () => {
    const fifo = join(mkdtempSync(join(tmpdir(), 'jeton-')), 'fifo');
    onTestFinished(() => rmSync(dirname(fifo), { recursive: true }));
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    running = new RunningSleeper(['python3', '-c', onOldKernel, fifo, sleeperProgram]);
    const end = readFile(fifo, 'utf8');
    expect(await running.start()).toEqual({ ready: true });
    expect(await end).toBe('');
    expect(await running.sleep({})).toMatchObject({ by: 'worker' });
  });
});
