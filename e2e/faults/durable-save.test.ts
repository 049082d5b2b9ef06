/** What an agent does between the issuer's answer and its own, seen from the system: what a kill or a power cut may fall into. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getToken } from '@jeton/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAccount, makeAccount } from '../support/agent/logins.ts';
import { printed } from '../support/computer/printed.ts';
import { programPath } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { WatchedIam } from '../support/servers/watched-iam.ts';

const strace = '/usr/bin/strace';
const canTrace = spawnSync(strace, ['-qq', '-o', '/dev/null', 'true']).status === 0;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.close());

describe.skipIf(!canTrace)('between the answer of the issuer and that of the agent (needs strace)', () => {
  it('a save is write, fsync, rename and fsync of the folder, and nothing else', async () => {
    const iam = await WatchedIam.start(sandbox, ['wlcg'], { behaviour: { rotation: 'rotate' } });
    await makeAccount(sandbox, iam, 'wlcg');
    const socketPath = join(sandbox.folder, 'agent');
    const trace = join(sandbox.folder, 'trace');
    const changes =
      'trace=read,openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,connect,sendto';
    const agent = [programPath('oidc-agent'), '-d', '--json', '-a', socketPath];
    const tracer = sandbox.spawn(strace, [
      '-f',
      '-y',
      '-qq',
      '-z',
      '-s',
      '40',
      '-e',
      changes,
      '-o',
      trace,
      ...agent,
    ]);
    const [line] = await printed(tracer.stdout, /^\{.*\n\}\n/s);
    await loadAccount(sandbox, socketPath, 'wlcg');
    await getToken({ account: 'wlcg', forceNew: true, socketPath });
    // strace itself does not heed signals.
    process.kill(Number(JSON.parse(line).dpid));
    await once(tracer, 'exit');

    const calls = readFileSync(trace, 'utf8').split('\n');
    const begin = calls.findLastIndex((call) => call.includes('"HTTP/1.1 200'));
    const end = calls.findLastIndex((call) => call.includes('access_token'));
    const between = calls.slice(begin + 1, end + 1);
    // A kill before the rename costs the login: the account file is read once, and meanwhile the new one is written.
    const place = between.findIndex((call) => call.includes('rename'));
    const opened = between.slice(0, place).filter((call) => /openat.*\/wlcg"/.test(call));
    expect(opened).toHaveLength(1);
    expect(between.map(changeBy).filter((change) => change !== undefined)).toEqual([
      'make temporary file',
      'write temporary file',
      'fsync temporary file',
      'rename temporary file',
      'fsync folder',
      'write socket',
    ]);
  });
});

/** A call that changes something, or waits for the disk or the network, in words; undefined for all others. */
function changeBy(call: string): string | undefined {
  const [, name = '', args = ''] = /^\d+ +(\w+)\((.*)$/.exec(call) ?? [];
  // How the threads of a program wake each other.
  if (name === 'read' || args.includes('eventfd')) return undefined;
  if (name === 'openat') return /O_WRONLY|O_RDWR|O_CREAT/.test(args) ? `make ${subject(args)}` : undefined;
  if (name !== '') return `${name} ${subject(args)}`;
  return undefined;
}

function subject(args: string): string {
  if (/\.tmp[">]/.test(args)) return 'temporary file';
  if (/^\d+<socket:/.test(args)) return 'socket';
  if (/^\d+<[^>]*\/oidc-agent>/.test(args)) return 'folder';
  return args;
}
