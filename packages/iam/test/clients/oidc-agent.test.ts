import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { testIam } from '../support/test-iam.ts';

const run = promisify(execFile);
const AGENT = '/usr/bin/oidc-agent';
const GEN = '/usr/bin/oidc-gen';
const TOKEN = '/usr/bin/oidc-token';

describe.skipIf(!existsSync(GEN))('oidc-agent of Debian against jeton-iam', { timeout: 60_000 }, () => {
  const lines: string[] = [];
  const iam = testIam({ log: (line) => lines.push(line) });
  let home = '';
  let env: Record<string, string> = {};
  /** Process id of the agent. */
  let agent = 0;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'oidc-'));
    const config = join(home, 'config');
    await mkdir(config, { mode: 0o700 });
    const path = process.env.PATH ?? '';
    env = { HOME: home, TMPDIR: home, PATH: path, OIDC_CONFIG_DIR: config, OIDC_ENCRYPTION_PW: 'pw' };
    const { stdout } = await run(AGENT, ['--no-autoreauthenticate'], { env });
    agent = Number(/OIDCD_PID=(\d+);/.exec(stdout)?.[1]);
    env.OIDC_SOCK = /OIDC_SOCK=([^;]+);/.exec(stdout)?.[1] ?? '';
  });

  afterAll(async () => {
    if (agent > 0) process.kill(agent);
    await rm(home, { recursive: true, force: true });
  });

  const token = async (...args: string[]) => {
    const { stdout } = await run(TOKEN, [...args, 'wlcg'], { env });
    return decodeJwt(stdout.trim());
  };

  it('registers, gets approval on the pages, and gets tokens', async () => {
    const scope = 'openid offline_access storage.read:/ wlcg.groups';
    const quiet = ['--pw-env=OIDC_ENCRYPTION_PW', '--prompt=none', '--confirm-default', '--no-url-call'];
    const args = ['-w', 'device', `--iss=${iam.issuer}`, `--scope=${scope}`, ...quiet, 'wlcg'];
    const gen = spawn(GEN, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => gen.once('close', resolve));
    const userCode = await firstMatch(gen, /enter the code:\s*([0-9A-Z_-]{6})/);

    const browser = new Browser(iam);
    const entry = await browser.logIn(await browser.open('/device'));
    const approval = await browser.submit(entry, { user_code: userCode });
    expect(approval.text).toContain('Approval Required for oidc-agent:wlcg');
    await browser.submit(approval, { user_oauth_approval: 'true' });
    expect(await ended).toBe(0);

    expect(await token()).toMatchObject({
      iss: iam.issuer,
      scope,
      'wlcg.groups': ['/Analysis', '/Production'],
    });
    expect(await token('-s', 'storage.read:/data')).toMatchObject({ scope: 'storage.read:/data' });
    expect(await token('--aud', 'se1.example se2.example')).toMatchObject({
      aud: ['se1.example', 'se2.example'],
    });
    await expect(token('-s', 'storage.modify:/')).rejects.toThrow('Up-scoping is not allowed.');
  });

  it('revokes the refresh token at the deletion of the account', async () => {
    lines.length = 0;
    await run(GEN, ['-d', 'wlcg', '--pw-env=OIDC_ENCRYPTION_PW', '--confirm-yes'], { env });
    expect(lines.join('\n')).toMatch(/POST \/revoke 200|DELETE \/iam\/api\/client-registration\/\S+ 204/);
  });
});

/** Waits until the output of a program matches a pattern, and returns the first group. */
function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const look = (data: Buffer) => {
      output += data;
      const found = pattern.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('exit', () => reject(new Error(`ended without ${pattern}: ${output}`)));
  });
}
