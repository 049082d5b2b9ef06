/**
 * Defects of the C suite that ours must not have; what the C programs do is in brackets. Those that a command line shows next
 * to the C programs are scenarios of differential.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { writeAccount } from './support/account-files.ts';
import { withPassword } from './support/accounts.ts';
import { processEnd, startAgent } from './support/agent.ts';
import { refusal, startIssuer, tokens } from './support/issuer.ts';
import { Sandbox } from './support/sandbox.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  onTestFinished(() => sandbox.close());
});

const run = (program: string, ...args: string[]) => sandbox.run(program, args, withPassword);

/** An account that the agent holds, of an issuer that gives these answers for tokens after the first. */
async function loaded(...answers: Parameters<typeof tokens>[1][]): Promise<void> {
  const script = [tokens('first', {}), ...answers.map((members, index) => tokens(`token-${index}`, members))];
  const issuer = await startIssuer({ '/token': script });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  expect(await run('oidc-add', '--pw-env', 'wlcg')).toMatchObject({ code: 0 });
}

it.each(['%d%s%n', '100%20sure', 'a "quoted" text', '12345'])(
  'an error text of an issuer arrives as it is (a format string, broken JSON, an error number): %s',
  async (description) => {
    const answer = { status: 400, json: { error: 'invalid_request', error_description: description } };
    const issuer = await startIssuer({ '/token': [tokens('first'), answer] });
    await startAgent(sandbox);
    await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
    await run('oidc-add', '--pw-env', 'wlcg');
    const { stderr, code } = await run('oidc-token', '-f', 'wlcg');
    expect(stderr.split('\n')[0]).toBe(`Error: invalid_request: ${description}`);
    expect(code).toBe(1);
  },
);

it('a forged length of a message is an error (a crash)', async () => {
  const { socket } = await startAgent(sandbox);
  const attacker = connect(socket);
  attacker.write(Buffer.alloc(32, 9).toString('base64'));
  await new Promise((resolve) => attacker.once('data', resolve));
  attacker.end(`100000000:${Buffer.alloc(24).toString('base64')}:${Buffer.alloc(32).toString('base64')}`);
  await text(attacker).catch(() => undefined);
  expect(await run('oidc-add', '-a')).toMatchObject({ code: 0 });
});

it.each(['../outside', 'a/b', '..'])(
  'a short name is the name of a file: %s (written elsewhere)',
  async (name) => {
    const issuer = await startIssuer();
    await startAgent(sandbox);
    const { code } = await run(
      'oidc-gen',
      '--pw-env',
      '--prompt=none',
      '--confirm-yes',
      '--scope=openid',
      '-w',
      'device',
      '--iss',
      issuer.url,
      name,
    );
    expect(code).not.toBe(0);
    expect(issuer.requests).toEqual([]);
  },
);

it('an agent that has told its address can be reached (it may not listen yet)', async () => {
  const { stdout, code } = await sandbox.run('/bin/sh', [
    '-c',
    'eval "$(oidc-agent -a $TMPDIR/s/s)" && oidc-add -a; oidc-agent -k',
  ]);
  expect({ stdout, code }).toMatchObject({ stdout: expect.stringContaining('killed'), code: 0 });
});

it('an agent takes the name of a socket without a folder (a crash)', async () => {
  const agent = await startAgent(sandbox, { args: ['-a', 'socket'] });
  expect(await run('oidc-add', '-a')).toMatchObject({ code: 0 });
  process.kill(agent.pid);
  await processEnd(agent.pid);
});

it('oidc-add -t counts without --pw-store (no effect)', async () => {
  await loaded();
  const { stderr } = await run('oidc-add', '-f', '-t', '300', '--pw-env', 'wlcg');
  expect(stderr).toContain('Lifetime set to 300 seconds');
});

it('a narrowed token tells its own end (that of another token)', async () => {
  await loaded({ expires_in: 60 });
  const { stdout, stderr } = await run('oidc-token', '-s', 'openid', '-e', 'wlcg');
  expect(stderr).toBe('');
  const seconds = Number(stdout) - Date.now() / 1000;
  expect(seconds).toBeLessThan(61);
  expect(seconds).toBeGreaterThan(0);
});

it('what issuer.config says stays there when an account is loaded (user_client and unknown members are lost)', async () => {
  const config = JSON.stringify([
    { issuer: 'https://a.example/', user_client: { client_id: 'mine' }, colour: 'red' },
  ]);
  writeFileSync(join(sandbox.accounts, 'issuer.config'), config);
  await loaded();
  const entries: unknown[] = JSON.parse(readFileSync(join(sandbox.accounts, 'issuer.config'), 'utf8'));
  expect(entries).toContainEqual(JSON.parse(config)[0]);
});

it('an issuer that does not list its scopes will do (a failure)', async () => {
  const issuer = await startIssuer({
    '/token': tokens('token'),
    '/.well-known/openid-configuration': (_request, response) => {
      response.end(JSON.stringify({ ...issuer.metadata, scopes_supported: undefined }));
    },
  });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  expect(await run('oidc-add', '--pw-env', 'wlcg')).toMatchObject({ code: 0 });
});

it('an account survives the refusal of a refresh (it may be destroyed)', async () => {
  const issuer = await startIssuer({
    '/token': [tokens('first'), refusal('temporarily_unavailable', 503), tokens('second')],
  });
  await startAgent(sandbox);
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: issuer.url });
  await run('oidc-add', '--pw-env', 'wlcg');
  expect((await run('oidc-token', '-f', 'wlcg')).code).not.toBe(0);
  expect(await run('oidc-token', '-f', 'wlcg')).toMatchObject({ stdout: 'second\n', code: 0 });
});
