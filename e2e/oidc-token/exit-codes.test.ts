/** An issuer's answer ends every program with the same exit code (docs/exit-codes.md), whatever else stands in the answer. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type Answer, type ScriptedIssuer, startIssuer } from '../support/servers/scripted-issuer.ts';

const page = '<html>Down for maintenance</html>';

const TABLE: readonly [status: number, body: object | string, exitCode: number, message?: RegExp][] = [
  [429, { error: 'rate_limited' }, 75],
  [429, { error: { code: 'too_many', message: 'Slower, please' } }, 75, /^Error: too_many: Slower, please$/m],
  [500, { error: 'server_error', error_description: 'Oops' }, 75],
  [500, { status: 500, error: 'Internal Server Error', path: '/token' }, 75],
  [502, page, 75],
  [503, { message: 'down' }, 75],
  [503, '', 75],
  [400, { error: 'temporarily_unavailable' }, 75],
  [400, { error: 'invalid_grant' }, 77, /log in again/],
  [401, { error: 'invalid_token' }, 77, /log in again/],
  [400, { error: 'interaction_required', error_description: 'AADSTS50076' }, 77, /log in again/],
  [400, { error: 'login_required' }, 77, /log in again/],
  [400, { error: 'consent_required' }, 77, /log in again/],
  [403, { error: 'access_denied' }, 77],
  [400, { error: 'authorization_declined' }, 77],
  [401, { error: 'invalid_client' }, 1],
  [400, { error: 'invalid_scope' }, 1],
  [400, { error: 'account not loaded' }, 1],
  [400, { error: 'Agent locked' }, 1],
  [400, { error: 'please try again later' }, 1],
  [200, {}, 1],
  [200, page, 1],
];

type Program = 'oidc-token' | 'the compiled oidc-token' | 'jeton refresh';

describe('an answer of the issuer ends with the exit code of the table', () => {
  it.each<Program>(['oidc-token', 'jeton refresh'])('%s', { timeout: 120_000 }, endsAsTheTableSays);
  it.skipIf(!hasCompiled)('the compiled oidc-token (npm run build:native)', { timeout: 120_000 }, () =>
    endsAsTheTableSays('the compiled oidc-token'),
  );
});

async function endsAsTheTableSays(program: Program): Promise<void> {
  let answer: Answer = {};
  const issuer = await startIssuer({
    '/token': (_request, response) => {
      const { status = 200, json, text = '' } = typeof answer === 'function' ? {} : answer;
      response.writeHead(status).end(json === undefined ? text : JSON.stringify(json));
    },
  });
  const sandbox = new Sandbox();
  onTestFinished(() => sandbox.close());
  const run = await runnerOf(program, sandbox, issuer);
  for (const [status, body, exitCode, message = /^Error: /] of TABLE) {
    answer = typeof body === 'string' ? { status, text: body } : { status, json: body };
    const { code, stderr } = await run();
    expect({ status, body, code, stderr }).toEqual({
      status,
      body,
      code: exitCode,
      stderr: expect.stringMatching(message),
    });
  }
}

/** Runs a program that asks the issuer for a token: once, when called. */
async function runnerOf(program: Program, sandbox: Sandbox, { url, metadata }: ScriptedIssuer) {
  if (program === 'jeton refresh') {
    const env = { REFRESH_TOKEN: 'refresh token', IAM_CLIENT_ID: 'client' };
    return () => sandbox.run('jeton', ['refresh', `--issuer=${url}`], { env });
  }
  await writeAccount(sandbox, { name: 'wlcg', issuer_url: metadata.issuer });
  await startAgent(sandbox);
  const { code } = await sandbox.run('oidc-add', ['--skip-check', '--pw-env', 'wlcg'], withPassword);
  expect(code).toBe(0);
  const path = program === 'oidc-token' ? program : join(installPrograms(sandbox), 'oidc-token');
  return () => sandbox.run(path, ['--force-new', 'wlcg']);
}
