/** Breaking off in the middle: the terminal is as it was, nothing half done stays, here or at the issuer. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { deletedClients, refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';
import { Terminal } from '../support/user/terminal.ts';

const ctrlC = '\u0003';
const ctrlD = '\u0004';
const clearLine = '\r\u001b[K';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  await startAgent(sandbox);
});
afterEach(() => sandbox.close());

/** A terminal with a shell: only there one sees in which state a program leaves it. */
async function shell(): Promise<Terminal> {
  const terminal = new Terminal(sandbox, '/bin/bash', ['--norc', '--noediting', '-i'], {
    env: { PS1: 'READY>' },
  });
  await terminal.waitFor(/READY>$/);
  return terminal;
}

/** Waits for the prompt, then shows the exit code and whether the terminal shows what is typed. */
async function aftermath(terminal: Terminal): Promise<{ code: string | undefined; echoes: boolean }> {
  await terminal.waitFor(/READY>$/);
  terminal.type('echo "code=$?=" $(stty -a | grep -o -w -e -echo -e echo -e -icanon)');
  const [, code, settings] = await terminal.waitFor(/\ncode=(\d+)= ([^\n]*)\n/);
  return { code, echoes: settings === 'echo' };
}

const generate = (issuer: string) => `oidc-gen -w device --iss ${issuer} --scope=max wlcg`;

describe('oidc-gen', () => {
  it('is broken off by Ctrl-C while it waits for the login', async () => {
    const issuer = await startIssuer({ '/token': refusal('authorization_pending') });
    const terminal = await shell();
    terminal.type(generate(issuer.url));
    await terminal.waitFor(/9:5\d left/);
    terminal.press(ctrlC);
    await terminal.waitFor(/Interrupted\. Nothing was approved, and nothing was stored\.\n/);
    expect(await aftermath(terminal)).toEqual({ code: '130', echoes: true });
    const lastCountdown = terminal.output.lastIndexOf('left (Ctrl-C gives up)');
    expect(terminal.output.slice(lastCountdown)).toMatch(
      new RegExp(`^[^\\n]*${clearLine.replace('[', '\\[')}`),
    );
    expect(deletedClients(issuer)).toBe(1);
    expect(readdirSync(sandbox.accounts)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'is broken off by %s while it waits for the login',
    async (signal) => {
      const issuer = await startIssuer({ '/token': refusal('authorization_pending') });
      const args = [
        '-w',
        'device',
        '--iss',
        issuer.url,
        '--scope=max',
        '--pw-cmd=echo pw',
        '--prompt=none',
        'wlcg',
      ];
      const program = sandbox.spawn('oidc-gen', args);
      const ended = once(program, 'exit');
      let shown = '';
      for await (const chunk of program.stderr ?? []) {
        shown += chunk;
        if (!program.killed && shown.includes('enter the code')) program.kill(signal);
      }
      expect(await ended).toEqual([130, null]);
      expect(shown).toContain('Interrupted. Nothing was approved, and nothing was stored.\n');
      expect(deletedClients(issuer)).toBe(1);
      expect(readdirSync(sandbox.accounts)).toEqual([]);
    },
  );

  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('is broken off by %s at the question for the password', async (_name, key) => {
    const issuer = await startIssuer({ '/token': tokens('token', { refresh_token: 'refresh-token' }) });
    const terminal = await shell();
    terminal.type(generate(issuer.url));
    await terminal.waitFor(/Enter encryption password for account configuration 'wlcg': $/);
    terminal.press(key);
    await terminal.waitFor(/Interrupted\.\n/);
    expect(await aftermath(terminal)).toEqual({ code: '130', echoes: true });
    expect(deletedClients(issuer)).toBe(1);
    expect(readdirSync(sandbox.accounts)).toEqual([]);
  });

  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('is broken off by %s at the question for the issuer', async (_name, key) => {
    const terminal = await shell();
    terminal.type('oidc-gen -w device wlcg');
    await terminal.waitFor(/Issuer \[.*\]: $/);
    terminal.press(key);
    await terminal.waitFor(/Interrupted\.\n/);
    expect(await aftermath(terminal)).toEqual({ code: '130', echoes: true });
  });

  it('is broken off by Ctrl-C while an issuer does not answer', async () => {
    const issuer = await startIssuer({ '/.well-known/openid-configuration': () => undefined });
    const terminal = await shell();
    terminal.type(generate(issuer.url));
    while (issuer.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    terminal.press(ctrlC);
    expect(await aftermath(terminal)).toEqual({ code: '130', echoes: true });
  });
});

describe('oidc-add', () => {
  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('is broken off by %s at the question for the password', async (_name, key) => {
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: 'https://localhost:1/' });
    const terminal = await shell();
    terminal.type('oidc-add wlcg');
    await terminal.waitFor(/Enter decryption password for account config 'wlcg': $/);
    terminal.press('half a pass');
    terminal.press(key === ctrlD ? `\u0015${ctrlD}` : key);
    await terminal.waitFor(/Interrupted\.\n/);
    expect(await aftermath(terminal)).toEqual({ code: '130', echoes: true });
    expect(terminal.screen).not.toContain('half');
    expect(readdirSync(sandbox.accounts)).toEqual(['wlcg']);
  });
});
