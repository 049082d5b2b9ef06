/** `npm run demo`, after its set-up: what it shows, that it fails when a step fails, and that it leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { answerDeviceCode, startBrowser } from '../support/user/browser.ts';
import { Terminal } from '../support/user/terminal.ts';

const main = resolve(import.meta.dirname, '../../demo/main.js');
const temporary = mkdtempSync('/tmp/demo-test-');
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** A demo whose environment tells its processes from all others, and whose folder its files. */
function startDemo(args: readonly string[] = []): {
  demo: ChildProcess;
  folder: string;
  output: () => string;
} {
  const folder = mkdtempSync(join(temporary, 'x'));
  const demo = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, TMPDIR: folder, DEMO_TEST: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.setEncoding('utf8').on('data', (data: string) => {
      text += data;
    });
  }
  return { demo, folder, output: () => text };
}

async function shown(demo: ChildProcess, output: () => string, text: string): Promise<void> {
  while (!output().includes(text)) await once(demo.stdout ?? demo, 'data');
}

async function endOf(demo: ChildProcess): Promise<number | null> {
  const [code] = await once(demo, 'close');
  return code;
}

/** Processes that the demo started and that still run. A zombie has no environment any more. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`DEMO_TEST=${folder}`);
      } catch {
        return false;
      }
    });
}

function expectNothingLeft(folder: string): void {
  expect(processesOf(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}

describe('the demo', () => {
  it('runs every command of the page, and shows what it prints', async () => {
    const { demo, folder, output } = startDemo();
    expect(await endOf(demo), output()).toBe(0);
    const commands = output()
      .split('\n')
      .filter((line) => line.startsWith('$ '))
      .map((line) => line.replace(/http\S+/, 'ISSUER'));
    expect(commands).toEqual([
      '$ jeton-iam --port 0 --auto-approve test &',
      '$ eval $(oidc-agent)',
      '$ oidc-gen -w device wlcg',
      '$ oidc-add -l',
      '$ oidc-gen -p wlcg',
      '$ oidc-add -r wlcg',
      '$ oidc-add wlcg',
      '$ oidc-token wlcg',
      '$ oidc-token -s storage.read:/ wlcg',
      '$ oidc-token --aud example.audience -s storage.read:/ wlcg',
      '$ oidc-token --aud example.audience -s storage.read:/ wlcg | jeton inspect --issuer ISSUER',
      '$ oidc-gen -d wlcg',
      '$ eval $(oidc-agent -k)',
    ]);
    expect(output()).toMatch(/\nAgent pid \d+\n/);
    expect(output()).toContain('\naudience:  example.audience\nscopes:    storage.read:/\n');
    expect(output()).toContain('\nsignature: RS256, verified\n');
    for (const member of ['client_secret', 'refresh_token', 'registration_access_token']) {
      expect(output()).toContain(`"${member}":\t"*****"`);
    }
    expect(output()).not.toContain('correct horse');
    expect(output(), 'escape sequences, where there is no terminal').not.toContain('\u001b');
    expectNothingLeft(folder);
  });

  it.each([
    ['SIGINT', 'when the agent has just been asked for', '$ eval $(oidc-agent)\n', 130],
    ['SIGINT', 'while it waits for the approval', 'enter the code', 130],
    ['SIGTERM', 'between two commands', 'IAM ready at', 143],
  ] as const)('broken off by %s %s it leaves nothing behind', async (signal, _when, text, exitCode) => {
    const { demo, folder, output } = startDemo();
    await shown(demo, output, text);
    demo.kill(signal);
    expect(await endOf(demo)).toBe(exitCode);
    expect(output()).toContain('Interrupted; nothing is left behind.');
    expectNothingLeft(folder);
  });

  it('ends when no process reads its output any more, and leaves nothing behind', async () => {
    const { demo, folder, output } = startDemo();
    await shown(demo, output, 'Agent pid');
    demo.stdout?.destroy();
    expect(await endOf(demo)).toBe(1);
    expectNothingLeft(folder);
  });

  it('fails, and names the command, when a step fails', async () => {
    const folder = mkdtempSync(join(temporary, 'x'));
    // So deep that no socket can be made in it.
    const deep = join(folder, 'd'.repeat(100));
    mkdirSync(deep);
    const demo = spawn(process.execPath, [main], {
      env: { ...process.env, TMPDIR: deep, DEMO_TEST: folder },
    });
    let errors = '';
    demo.stderr.on('data', (data) => {
      errors += data;
    });
    expect(await endOf(demo)).toBe(1);
    expect(errors).toContain("Error: 'eval $(oidc-agent)'");
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(deep)).toEqual([]);
  });

  it.skipIf(!hasChromium)('with --browser leaves every answer to the user (needs chromium)', async () => {
    const sandbox = new Sandbox();
    try {
      const terminal = new Terminal(sandbox, process.execPath, [main, '--browser']);
      const [, issuer = ''] = await terminal.waitFor(/IAM ready at (\S+)/);
      const answer = async (question: RegExp, text: string) => {
        await terminal.waitFor(question);
        terminal.type(text);
      };
      await answer(/Issuer \[.*\]: $/, issuer);
      await answer(/Scopes or 'max'.*: $/, 'max');
      const [, url = ''] = await terminal.waitFor(/visit:\n(http\S+)/);
      const [, userCode = ''] = await terminal.waitFor(/enter the code: (\S+)/);
      await answerDeviceCode(await startBrowser(sandbox), { url, userCode });
      await answer(/Enter encryption password .*: $/, 'my own');
      await answer(/Confirm encryption password: $/, 'my own');
      for (const command of ['oidc-gen -p', 'oidc-add', 'oidc-gen -d']) {
        await terminal.waitFor(new RegExp(`\\$ ${command} wlcg`));
        await answer(/Enter decryption password .*: $/, 'my own');
      }
      await answer(/Delete the account 'wlcg'.*: $/, 'yes');
      expect(await terminal.exit(), terminal.screen).toBe(0);
      expect(terminal.screen).toContain('"refresh_token":\t"*****"');
      expect(readdirSync(sandbox.env.TMPDIR ?? '').filter((name) => name.startsWith('jeton-demo'))).toEqual(
        [],
      );
    } finally {
      await sandbox.close();
    }
  });

  it('with --browser, Ctrl-C at a question ends it, and leaves nothing behind', async () => {
    const sandbox = new Sandbox();
    try {
      const terminal = new Terminal(sandbox, process.execPath, [main, '--browser']);
      await terminal.waitFor(/Issuer \[.*\]: $/);
      terminal.press('\u0003');
      expect(await terminal.exit()).toBe(130);
      expect(readdirSync(sandbox.env.TMPDIR ?? '')).toEqual([]);
    } finally {
      await sandbox.close();
    }
  });

  it('with --browser asks for a terminal, and with anything else shows how it is used', async () => {
    const { demo, output, folder } = startDemo(['--browser']);
    expect(await endOf(demo)).toBe(1);
    expect(output()).toContain('Error: --browser needs a terminal, for your answers');
    expectNothingLeft(folder);
    const { demo: other, output: usage } = startDemo(['--help']);
    expect(await endOf(other)).toBe(64);
    expect(usage()).toContain('Usage: npm run demo');
  });
});
