/** JSON with a hundred thousand levels is an error like any other broken JSON, from each place where jeton reads JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '@jeton/client/conversation/exchange';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RawClient } from '../../packages/agent/test/raw-client.ts';
import { type RunningAgent, startAgent } from '../support/agent/agent.ts';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { isRunning } from '../support/processes.ts';
import { startIssuer } from '../support/servers/scripted-issuer.ts';

const nested = '['.repeat(100_000) + ']'.repeat(100_000);
const plain = (members: string) =>
  `{"name":"deep","issuer_url":"https://localhost:1/","client_id":"c","refresh_token":"r",${members}}`;

let sandbox: Sandbox;
let agent: RunningAgent;
beforeEach(async () => {
  sandbox = new Sandbox();
  agent = await startAgent(sandbox);
});
afterEach(async () => {
  expect(await sandbox.run('oidc-agent', ['--status'])).toMatchObject({ code: 0 });
  expect(isRunning(agent.pid)).toBe(true);
  await sandbox.close();
});

it('in an account file', async () => {
  writeFileSync(join(sandbox.accounts, 'deep'), plain(`"extra":${nested}`), { mode: 0o600 });
  const notJson =
    'Error: could not parse json\nhint: an account is one JSON object, as oidc-gen -p shows it\n';
  expect(await sandbox.run('oidc-add', ['deep'])).toMatchObject({ stdout: '', stderr: notJson, code: 1 });
  expect(await sandbox.run('oidc-add', ['-p', 'deep'])).toMatchObject({
    stdout: '',
    stderr: notJson,
    code: 1,
  });
  const token = await sandbox.run('oidc-token', ['deep']);
  expect(token.stderr).toContain('Error: account not loaded\nhint: could not parse json\n');
});

it.each([
  ['as a whole', nested],
  ['in a member', `{"request":"check","more":${nested}}`],
  ['in an account', `{"request":"add","config":${plain(`"extra":${nested}`)}}`],
  ['in an account that is a text', JSON.stringify({ request: 'add', config: plain(`"extra":${nested}`) })],
  ['in a list of flows', JSON.stringify({ request: 'gen', config: plain('"a":1'), flow: nested })],
])('in a request, %s', async (_where, request) => {
  const client = new RawClient(agent.socket);
  await client.write(request);
  const { status, error } = JSON.parse(await client.answer());
  expect(status).toBe('failure');
  expect(error).toMatch(/(could not parse json|is not a json object)$/);
});

it('in what an issuer answers', async () => {
  const answer = { text: nested, headers: { 'content-type': 'application/json' } };
  const { metadata } = await startIssuer({ '/token': answer });
  const config = { ...JSON.parse(plain('"a":1')), issuer_url: metadata.issuer };
  await expect(exchange({ request: 'add', config }, { socketPath: agent.socket })).rejects.toThrow(
    'Provider answered with unexpected response, JSON expected',
  );
  const { metadata: other } = await startIssuer({ '/.well-known/openid-configuration': answer });
  await expect(
    exchange({ request: 'scopes', issuer: other.issuer }, { socketPath: agent.socket }),
  ).rejects.toThrow('Provider answered with unexpected response, JSON expected');
});

it('in the configuration', async () => {
  const config = join(sandbox.accounts, 'config');
  const some = '['.repeat(20_000) + ']'.repeat(20_000);
  writeFileSync(config, `{"oidc-add":${some}}`);
  expect(await sandbox.run('oidc-add', ['-l'])).toMatchObject({
    stderr: `Error: error in configuration file: could not parse json\nhint: see ${config}:1:1012\n`,
    code: 78,
  });
  writeFileSync(config, '{}');
  writeFileSync(join(sandbox.accounts, 'issuer.config'), some);
  const { stderr } = await sandbox.run('jeton', ['issuers']);
  expect(stderr).toContain(`${join(sandbox.accounts, 'issuer.config')}:1:1001: could not parse json`);
});

it('in a token that is shown', async () => {
  const part = (json: string) => Buffer.from(json).toString('base64url');
  const token = `${part('{"alg":"none"}')}.${part(`{"deep":${nested}}`)}.`;
  expect(await sandbox.run('jeton', ['inspect', '--json'], { input: token })).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('Error: This is not a JSON Web Token\n'),
    code: 1,
  });
});

it.skipIf(!hasDebianSuite)('in an account that a C program loads', async () => {
  writeFileSync(join(sandbox.accounts, 'deep'), plain(`"extra":${nested}`), { mode: 0o600 });
  const { stdout, stderr, code } = await sandbox.run('oidc-add', ['deep'], { suite: 'c' });
  expect(stdout + stderr).not.toContain('Maximum call stack');
  expect(code).not.toBe(0);
});
