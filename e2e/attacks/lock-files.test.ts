/** Another user puts something in the place of the agent's lock, in a folder where all users may: the agent does not wait for it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { nobody, nobodyCanRun } from '../support/computer/other-user.ts';
import { Sandbox } from '../support/computer/sandbox.ts';

let sandbox: Sandbox;
let folder: string;
beforeEach(() => {
  sandbox = new Sandbox();
  chmodSync(sandbox.folder, 0o711);
  folder = join(sandbox.folder, 'everybody');
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
});
afterEach(() => sandbox.close());

const owner = '{"id":"1","pid":1,"host":"elsewhere"}';
it.skipIf(!nobodyCanRun).each([
  ['a lock of another computer', `umask 0; echo '${owner}' > "$LOCK"`],
  ['a lock that no other user may read', `umask 077; echo '${owner}' > "$LOCK"`],
  ['a folder', 'umask 0; mkdir "$LOCK"'],
  ['a named pipe', 'umask 0; mkfifo "$LOCK"'],
  ['a symbolic link', 'ln -s /etc/hostname "$LOCK"'],
])(
  '%s does not hold up the start (as root only)',
  async (_name, command) => {
    const lock = join(folder, '.agent.lock');
    const made = () => spawnSync('/bin/sh', ['-c', command], { ...nobody, env: { LOCK: lock } });
    expect(made().status).toBe(0);
    const { socket } = await startAgent(sandbox, { args: ['-a', join(folder, 'agent')] });
    expect(socket).toBe(join(folder, 'agent'));
    expect(await sandbox.run('oidc-add', ['-a'])).toMatchObject({ stderr: '', code: 0 });
    expect(await sandbox.run('oidc-agent', ['-k'])).toMatchObject({ stderr: '', code: 0 });
    expect(lstatSync(lock).uid).toBe(nobody.uid);
  },
  // The agent waits longer for a lock of another computer.
  25_000,
);
