import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian's oidc-agent-cli puts its programs. */
export const C_PROGRAMS = '/usr/bin';
export const hasCAgent = existsSync(join(C_PROGRAMS, 'oidc-agent'));

/** Starts the C agent in a separate home directory, and waits until it listens: the command returns earlier. */
export async function startCAgent() {
  const home = await mkdtemp(join(tmpdir(), 'jeton-c-agent-'));
  const socketPath = join(home, 'agent.sock');
  const env = { PATH: C_PROGRAMS, HOME: home, TMPDIR: home, OIDC_CONFIG_DIR: home, OIDC_SOCK: socketPath };
  const args = ['-a', socketPath, '--json', '--no-autoload'];
  const { stdout } = spawnSync('oidc-agent', args, { env, encoding: 'utf8' });
  const pid = Number(/"dpid":\s*"(\d+)"/.exec(stdout)?.[1]);
  if (Number.isNaN(pid)) throw new Error('the C agent did not start');
  for (let listening = false; !listening; ) {
    const probe = connect(socketPath);
    listening = await new Promise((resolve) => {
      probe.once('connect', () => resolve(true));
      probe.once('error', () => setTimeout(resolve, 5, false));
    });
    probe.destroy();
  }
  return {
    socketPath,
    env,
    async close() {
      process.kill(pid);
      await rm(home, { recursive: true });
    },
  };
}
