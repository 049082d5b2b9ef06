/** Logins by the code flow that the C suite has begun, and ours finishes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

describe.skipIf(!hasDebianSuite)('a login of the C suite (needs oidc-agent-cli)', () => {
  const sandbox = new Sandbox();
  let iam: RunningIam;
  beforeAll(async () => {
    iam = await startIam(sandbox);
    await startAgent(sandbox, { suite: 'c' });
  });
  afterAll(() => sandbox.close());

  const options = () => ['--iss', iam.issuer, '--scope=openid offline_access', '--pw-env', '--no-url-call'];
  const quiet = ['--prompt=none', '--confirm-default'];
  const worked = { code: 0, stdout: expect.stringContaining('Everything setup correctly!') };

  it('--codeExchange finishes what its oidc-gen has begun', async () => {
    const args = ['-w', 'code', '--no-webserver', '--no-scheme', ...options(), ...quiet, 'exchanged'];
    const { stderr } = await sandbox.run('oidc-gen', args, { ...withPassword, suite: 'c' });
    const [url = ''] = /^http.*$/m.exec(stderr) ?? [];
    const answer = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
    const finished = await sandbox.run('oidc-gen', ['--pw-env', `--codeExchange=${answer}`], withPassword);
    expect(finished).toMatchObject(worked);
    const token = await sandbox.run('oidc-token', ['exchanged'], { suite: 'c' });
    expect(token.code).toBe(0);
  });

  /** Begins one with its web server; gives the address for the browser. */
  async function begun(...args: string[]): Promise<string> {
    const child = sandbox.spawn('oidc-gen', ['-w', 'code', ...options(), ...quiet, ...args], {
      ...withPassword,
      suite: 'c',
    });
    const url = await new Promise<string>((resolve) => {
      let shown = '';
      child.stderr?.on('data', (piece) => {
        shown += piece;
        const [line] = /^http.*\n/m.exec(shown) ?? [];
        if (line !== undefined) resolve(line.trim());
      });
    });
    // It would fetch the account itself two seconds later.
    child.kill('SIGKILL');
    return url;
  }

  it('comes back to localhost with a client that ours has registered for addresses, too', async () => {
    const file = join(sandbox.folder, 'client');
    const options = ['-w', 'code', '-s', 'openid offline_access', '--issuer', iam.issuer, '--out', file];
    await sandbox.run('jeton', ['register', ...options]);
    expect(JSON.parse(readFileSync(file, 'utf8')).redirect_uris_by_address).toContain(
      'http://127.0.0.1:4242',
    );
    const url = await begun('-f', file, 'ours');
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('http://localhost:4242');
    expect(await (await fetch(url)).text()).toContain('Successfully performed code exchange');
  });

  it('--state fetches what its web server has got', async () => {
    const url = await begun('fetched');
    const page = await fetch(url);
    expect(await page.text()).toContain('Successfully performed code exchange');
    const state = new URL(url).searchParams.get('state') ?? '';
    expect(await sandbox.run('oidc-gen', ['--pw-env', `--state=${state}`], withPassword)).toMatchObject(
      worked,
    );
    expect((await sandbox.run('oidc-gen', ['-l'])).stdout).toContain('fetched');
  });

  it('an unknown state is an error', async () => {
    const outcome = await sandbox.run('oidc-gen', ['--pw-env', '--state=unknown'], withPassword);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Error: No loaded account info found for state=unknown\nhint: /),
    });
  });
});
