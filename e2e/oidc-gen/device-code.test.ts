/** The device code at a terminal: what Enter does, and what is left after a login that fails. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type Answer, refusal, startIssuer } from '../support/servers/scripted-issuer.ts';
import { fakeDesktop } from '../support/user/opener.ts';
import { Terminal } from '../support/user/terminal.ts';

const sandbox = new Sandbox();
beforeAll(() => startAgent(sandbox));
afterAll(() => sandbox.close());

const CTRL_C = '\u0003';
const COPY = `\u001b]52;c;${Buffer.from('ABC123').toString('base64')}\u0007`;
const complete = 'https://iam.example/device?user_code=ABC123';
const device = {
  device_code: 'device code',
  user_code: 'ABC123',
  verification_uri: 'https://iam.example/device',
  verification_uri_complete: complete,
  interval: 1,
};

async function generate(script: Record<string, Answer> = {}, env: Record<string, string> = {}) {
  const issuer = await startIssuer({
    '/token': refusal('authorization_pending'),
    '/devicecode': { json: device },
    ...script,
  });
  const args = ['-w', 'device', '--iss', issuer.url, '--scope=openid', '--confirm-yes', 'login'];
  return { issuer, terminal: new Terminal(sandbox, 'oidc-gen', args, { env }) };
}

it('Enter copies the code, and opens the browser at a page that leads to the complete address', async () => {
  const { env, opened } = fakeDesktop(sandbox);
  const { issuer, terminal } = await generate({}, env);
  await terminal.waitFor(/Press Enter to copy the code and open the browser\.\n/);
  expect(terminal.output).toContain(`\u001b]8;;${complete}\u001b\\${complete}\u001b]8;;\u001b\\`);
  expect(terminal.output).not.toContain(COPY);
  terminal.press('\r');
  const [count, address = ''] = await opened;
  expect(count).toBe('1');
  expect(address).toMatch(/^http:\/\/(127\.0\.0\.1|localhost)/);
  const { status, headers } = await fetch(address, { redirect: 'manual' });
  expect([status, headers.get('location')]).toEqual([302, complete]);
  expect(terminal.output).toContain(COPY);
  terminal.press(CTRL_C);
  await terminal.waitFor(/The client that was just registered at \S+ is deleted again\.\n/);
  await terminal.waitFor(/Interrupted\. Nothing was approved, and nothing was stored\.\n/);
  expect(await terminal.exit()).toBe(130);
  expect(issuer.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

it('over ssh there is no browser to open, and with NO_COLOR no sequence at all', async () => {
  const { env } = fakeDesktop(sandbox);
  const ssh = await generate({}, { SSH_CONNECTION: '::1 1 ::1 22' });
  await ssh.terminal.waitFor(/Press Enter to copy the code\.\n/);
  ssh.terminal.press(CTRL_C);
  const plain = await generate({}, { SSH_CONNECTION: '::1 1 ::1 22', NO_COLOR: '1' });
  await plain.terminal.waitFor(/left \(Ctrl-C gives up\)/);
  expect(plain.terminal.output).toContain(`\r\n${complete}\r\n`);
  expect(plain.terminal.screen).not.toContain('Press Enter');
  plain.terminal.press(CTRL_C);
  const forwarded = await generate({}, { ...env, SSH_CONNECTION: '::1 1 ::1 22' });
  await forwarded.terminal.waitFor(/Press Enter to copy the code and open the browser\.\n/);
  forwarded.terminal.press(CTRL_C);
});

it('what is typed while the code is shown is the answer to the next question', async () => {
  let isApproved = false;
  const { terminal } = await generate({
    '/token': (_request, response) => {
      const answer = { access_token: 'token', token_type: 'Bearer', refresh_token: 'refresh-token' };
      if (isApproved) response.end(JSON.stringify(answer));
      else response.writeHead(400).end(JSON.stringify({ error: 'authorization_pending' }));
    },
  });
  await terminal.waitFor(/left \(Ctrl-C gives up\)/);
  terminal.type('correct horse');
  isApproved = true;
  await terminal.waitFor(/Confirm encryption password: $/);
  terminal.type('correct horse');
  await terminal.waitFor(/You are logged in at http.*\(account login\)/);
  expect(await terminal.exit()).toBe(0);
});

it('a client that the issuer does not delete is named after a refused login', async () => {
  const { issuer, terminal } = await generate({
    '/token': refusal('access_denied'),
    '/register': { status: 201, json: { client_id: 'client-1' } },
  });
  await terminal.waitFor(/The client that was just registered stays at .*: client-1\n/);
  expect(await terminal.exit()).toBe(77);
  expect(issuer.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

it('an issuer that takes its time is named while the user waits, and only at a terminal that can erase it', async () => {
  const slow: Record<string, Answer> = {
    '/devicecode': (_request, response) => {
      setTimeout(() => response.end(JSON.stringify(device)), 1500);
    },
  };
  const line = /Waiting for 127\.0\.0\.1:\d+ \.\.\./;
  const { terminal } = await generate(slow);
  await terminal.waitFor(/left \(Ctrl-C gives up\)/);
  const erased = '\u001b[0m\r\u001b[K';
  const [, afterwards] = terminal.output.split(line);
  expect(afterwards?.startsWith(erased)).toBe(true);
  terminal.press(CTRL_C);
  const plain = await generate(slow, { NO_COLOR: '1' });
  await plain.terminal.waitFor(/left \(Ctrl-C gives up\)/);
  expect(plain.terminal.output).not.toMatch(line);
  plain.terminal.press(CTRL_C);
  expect(await Promise.all([terminal.exit(), plain.terminal.exit()])).toEqual([130, 130]);
});
