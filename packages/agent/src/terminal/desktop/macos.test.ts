/** What differs on macOS, where no test runs: each is said the system instead of asking for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maxSocketPath, stablePlaces } from '@jeton/protocol/socket-path';
import { expect, test } from 'vitest';
import { openerOf } from './browser.ts';
import { hasDesktop } from './desktop.ts';

/** Of the length that macOS gives each user, and ending with a slash as there. */
const TMPDIR = '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/';

test('a user sits at a desktop, unless connected by ssh; no display is needed', () => {
  expect(hasDesktop({}, 'darwin')).toBe(true);
  expect(hasDesktop({ SSH_CONNECTION: '::1 1 ::1 22' }, 'darwin')).toBe(false);
  expect(hasDesktop({}, 'linux')).toBe(false);
});

test('the browser is opened by the program of the system', () => {
  expect([openerOf('darwin'), openerOf('linux')]).toEqual(['open', 'xdg-open']);
});

test('the sockets of users fit into an address, which has 104 bytes', () => {
  expect([maxSocketPath('darwin'), maxSocketPath('linux')]).toEqual([103, 107]);
  const { paths } = stablePlaces({ TMPDIR });
  expect(paths).toHaveLength(1);
  for (const path of [...paths, `${TMPDIR}/oidc-XXXXXX/oidc-agent.4194304.group`]) {
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(maxSocketPath('darwin'));
  }
});

test('the agent of launchd listens where clients look', () => {
  const plist = readFileSync(join(import.meta.dirname, '../../../launchd/oidc-agent.plist'), 'utf8');
  const [, list = ''] = /<key>ProgramArguments<\/key>\s*<array>(.*?)<\/array>/s.exec(plist) ?? [];
  const [shell = '', ...args] = [...list.matchAll(/<string>(.*?)<\/string>/g)].map(([, text = '']) => text);
  const started = args.map((word) => word.replace('exec oidc-agent', 'echo'));
  const printed = execFileSync(shell, started, { env: { TMPDIR, PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  expect(printed.trim()).toBe(`--console --socket-path=${stablePlaces({ TMPDIR }).paths[0]}`);
});
