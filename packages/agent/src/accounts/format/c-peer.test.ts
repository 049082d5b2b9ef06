import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../secret.ts';
import { printAccount } from '../account.ts';
import { readAccountFile, writeAccountFile } from '../account-file.ts';
import { passwordSource } from '../passwords/passwords.ts';
import { FileKey } from './crypt.ts';

const OIDC_GEN = '/usr/bin/oidc-gen';

describe.skipIf(!existsSync(OIDC_GEN))("account files and Debian's oidc-gen (needs oidc-agent-cli)", () => {
  let home: string;
  let path: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'c-peer-'));
    path = join(home, 'wlcg');
    return () => rmSync(home, { recursive: true });
  });

  const password = 'gehéim "$x" \\';
  const source = passwordSource({ account: 'wlcg', variable: 'PW', env: { PW: password } });

  function oidcGen(...args: string[]) {
    const env = { PATH: process.env.PATH, HOME: home, OIDC_CONFIG_DIR: home, TMPDIR: home, PW: password };
    return spawnSync(OIDC_GEN, [...args, '--pw-env=PW'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  const account = {
    name: 'wlcg',
    issuer_url: 'https://iam.example/',
    client_id: 'ünï',
    refresh_token: new Secret('rt'),
    auth_scope: 'openid offline_access',
    others: { client_id_issued_at: 1600444894, contacts: [] },
  };

  test('it prints an account that we wrote, by name and by path', async () => {
    await writeAccountFile(path, account, await FileKey.derive(new Secret(password)));
    for (const name of ['wlcg', path]) {
      const { status, stdout } = oidcGen('-p', name);
      expect(stdout.trimEnd()).toBe(printAccount(account));
      expect(status).toBe(0);
    }
  });

  test('we read one that it wrote, and it reads what we made of that', async () => {
    const text =
      '{"name":"wlcg", "issuer":"https://iam.example/","client_id":"c","scope":"openid","extra":[1.5]}';
    writeFileSync(path, text);
    expect(oidcGen('-u', path).stdout).toContain('Updated config file format');
    expect(readFileSync(path, 'utf8')).toMatch(/\nGenerated using version: /);

    const loaded = await readAccountFile(path, source);
    expect(loaded.text).toBe(text);
    await writeAccountFile(path, { ...loaded.account, refresh_token: new Secret('rotated') }, loaded.key);
    const { stdout } = oidcGen('-p', 'wlcg');
    expect(JSON.parse(stdout)).toMatchObject({
      issuer_url: 'https://iam.example/',
      scope: 'openid',
      auth_scope: 'openid',
      refresh_token: 'rotated',
      extra: [1.5],
    });
  });

  test('it and we refuse the same wrong password', async () => {
    await writeAccountFile(path, account, await FileKey.derive(new Secret('another')));
    expect(oidcGen('-p', 'wlcg').stderr).toContain('Error: reached maximum number of tries');
    await expect(readAccountFile(path, source)).rejects.toThrow('wrong password');
  });
});
