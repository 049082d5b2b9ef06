/** Python libraries that ask the agent, or read what oidc-tokensh writes, as PyPI has them (scripts/test.js). */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { type RunOptions, Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';
import { startServer } from '../support/servers/web-server.ts';

const python = resolve('node_modules/.python-clients/bin/python');
const sub = '80e5fb8d-b7c8-451a-89ba-346ae278a66f';

describe.skipIf(!existsSync(resolve('node_modules/.python-clients/complete')))(
  'Python (needs liboidcagent, scitokens, rucio-clients and fedcloudclient of PyPI)',
  () => {
    const sandbox = new Sandbox();
    let iam: RunningIam;
    beforeAll(async () => {
      [iam] = await Promise.all([startIam(sandbox), startAgent(sandbox)]);
      expect(await generateAccount(sandbox, 'wlcg', iam)).toMatchObject({ code: 0 });
    });
    afterAll(() => sandbox.close());

    const run = (lines: readonly string[], options: RunOptions = {}) =>
      sandbox.run(python, ['-c', lines.join('\n')], options);
    /** A program that prints the error of liboidcagent for an expression, and what it advises. */
    const failing = (expression: string) => [
      'from liboidcagent import liboidcagent as agent',
      `try: print(agent.${expression})`,
      'except agent.OidcAgentError as error: print(type(error).__name__, error.message, error.help, sep="|")',
    ];

    describe('liboidcagent', () => {
      it('gets tokens by account and by issuer, with scopes and audiences', async () => {
        const { stdout, stderr } = await run([
          'import liboidcagent as agent',
          `account = agent.get_token_response("wlcg", 60, "test")`,
          `print(account[1], account == agent.get_token_response_by_issuer_url("${iam.issuer}", 60, "test"))`,
          'import jwt',
          'token = agent.get_access_token("wlcg", 60, "test", "storage.read:/", "https://se.example")',
          'claims = jwt.decode(token, options={"verify_signature": False})',
          'print(claims["scope"], claims["aud"])',
        ]);
        expect({ stdout, stderr }).toEqual({
          stdout: `${iam.issuer} True\nstorage.read:/ https://se.example\n`,
          stderr: '',
        });
      });

      it('lists the accounts', async () => {
        const lines = [
          'from liboidcagent import liboidcagent as agent',
          'print(agent.get_configured_accounts())',
        ];
        expect(await run(lines)).toMatchObject({ stdout: "['wlcg']\n", stderr: '' });
      });

      it.each([
        ['get_access_token("nobody")', /^OidcAgentError\|No account configured with that short name\|hint: /],
        [
          'get_access_token_by_issuer_url("https://other.example/")',
          /^OidcAgentError\|account not loaded\|hint: /,
        ],
        ['get_access_token("wlcg", 60, "test", "no.such:scope")', /^OidcAgentError\|invalid_scope/],
        ['get_mytoken_response("wlcg")', /^OidcAgentError\|Not a valid mytoken configuration\|hint: /],
      ])('%s: the failure has its text and its advice', async (expression, shown) => {
        expect((await run(failing(expression))).stdout).toMatch(shown);
      });

      it('finds no agent without OIDC_SOCK: it looks at no other place', async () => {
        const options = { env: { OIDC_SOCK: undefined } };
        expect((await run(failing('get_access_token("wlcg")'), options)).stdout).toBe(
          'OidcAgentConnectError|OIDC_SOCK env var not set|None\n',
        );
      });
    });

    it('scitokens finds the token in the file of oidc-tokensh', async () => {
      const { keys }: { keys: JsonWebKey[] } = JSON.parse(
        await (await fetch(new URL('jwk', iam.issuer))).text(),
      );
      const [jwk = {}] = keys;
      const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const program = [
        'import scitokens, sys',
        'token = scitokens.SciToken.discover("https://wlcg.cern.ch/jwt/v1/any", insecure=True, public_key=sys.argv[1].encode())',
        'print(token["sub"])',
      ].join('\n');
      const { stdout, stderr } = await sandbox.run('oidc-tokensh', [
        '--',
        python,
        '-c',
        program,
        String(key),
      ]);
      expect({ stdout, stderr }).toEqual({ stdout: `${sub}\n`, stderr: '' });
    });

    it('rucio logs in with the file of oidc-tokensh', async () => {
      const { host, seen } = await startServer(sandbox, ({ headers }, response) => {
        response.setHeader('Content-Type', 'application/json').end('{"account":"me","status":"ACTIVE"}');
        return String(headers['x-rucio-auth-token']);
      });
      const address = `http://${host}`;
      const configured = { rucio_host: address, auth_host: address, auth_type: 'oidc', account: 'me' };
      const lines = Object.entries(configured).map(([name, value]) => `${name} = ${value}\n`);
      const config = join(sandbox.folder, 'rucio.cfg');
      writeFileSync(config, `[client]\n${lines.join('')}`);
      const rucio = [resolve(python, '../rucio'), 'whoami'];
      const { stdout, stderr } = await sandbox.run('oidc-tokensh', ['--', ...rucio], {
        env: { RUCIO_CONFIG: config },
      });
      const { stdout: token } = await sandbox.run('oidc-token', ['wlcg']);
      expect({ stdout, stderr, seen }).toEqual({
        stdout: expect.stringMatching(/^account *: me$/m),
        stderr: '',
        seen: [token.trim()],
      });
    });

    it('fedcloudclient gets its token from the agent, and knows the user', async () => {
      const { stdout, stderr, code } = await run([
        'from fedcloudclient.auth import OIDCToken',
        'token = OIDCToken()',
        'token.get_token_from_oidc_agent("wlcg")',
        'token.decode_token()',
        'print(token.get_user_id())',
      ]);
      expect({ stdout: stdout.split('\n').at(-2), code }, stderr).toEqual({ stdout: sub, code: 0 });
    });
  },
);
