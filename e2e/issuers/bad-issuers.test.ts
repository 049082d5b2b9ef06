/** Issuers that are down, broken or refuse: oidc-gen reports an error and leaves nothing behind. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../support/agent/account-files.ts';
import { withPassword } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { deletedClients, refusal, startIssuer, tokens } from '../support/servers/scripted-issuer.ts';

const sandbox = new Sandbox();
beforeAll(async () => {
  await startAgent(sandbox);
});
afterAll(() => sandbox.close());

const generate = (issuer: string, name = 'wlcg', args: string[] = []) => {
  const options = [
    '-w',
    'device',
    '--iss',
    issuer,
    '--scope=max',
    '--pw-env',
    '--prompt=none',
    ...args,
    name,
  ];
  return sandbox.run('oidc-gen', options, withPassword);
};

describe('an issuer', () => {
  it('without a server cannot be reached', async () => {
    expect(await generate('https://127.0.0.1:1/')).toMatchObject({
      stdout: '',
      stderr:
        'Error: could not connect to url: 127.0.0.1:1: connection refused\nhint: check the address and the network, then try again\n',
      code: 69,
    });
  });

  it('with an unknown host name cannot be reached', async () => {
    const { stderr, code } = await generate('https://iam.invalid/');
    expect(stderr).toMatch(
      /^Error: could not connect to url: iam\.invalid: .*\nhint: check the address and the network, then try again\n$/,
    );
    expect(code).toBe(69);
  });

  it.each(['http://iam.example/', 'iam.example', 'ftp://iam.example/', 'https://iam.example/?tenant=a'])(
    'at %s is refused before anything is sent',
    async (url) => {
      const { stdout, stderr, code } = await generate(url);
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      expect(stderr).toContain(`Error: '${url}' cannot be the address of the issuer: `);
      expect(stderr).toContain('hint: did you mean https://iam.example/?\n');
    },
  );

  it('that answers with a web page instead of its discovery document gives an error', async () => {
    const page = '<!doctype html><title>Sign in</title>';
    const { url } = await startIssuer({ '/.well-known/openid-configuration': { text: page } });
    expect(await generate(url)).toMatchObject({
      stdout: '',
      stderr: 'Error: Provider answered with unexpected response, JSON expected\n',
      code: 1,
    });
  });

  it('without a discovery document gives an error', async () => {
    const { url } = await startIssuer({ '/.well-known/openid-configuration': { status: 404 } });
    expect(await generate(url)).toMatchObject({
      stderr: `Error: Received Http Status Code 404\nhint: there is no discovery document below ${url}: check the spelling of the issuer\n`,
      code: 1,
    });
  });

  it('that answers with 503 gives the exit code for trying again', async () => {
    const { url } = await startIssuer({ '/.well-known/openid-configuration': { status: 503 } });
    expect(await generate(url)).toMatchObject({ stderr: 'Error: Received Http Status Code 503\n', code: 75 });
  });

  it('whose discovery document names another issuer is not trusted', async () => {
    const json = { issuer: 'https://evil.example/', token_endpoint: 'https://evil.example/token' };
    const { url } = await startIssuer({ '/.well-known/openid-configuration': { json } });
    expect(await generate(url)).toMatchObject({
      stdout: '',
      stderr: `Error: Provider uses another issuer url than expected. Something is fishy.\nhint: expected ${url}, but the provider calls itself https://evil.example/\nhint: check the spelling of the issuer\n`,
      code: 1,
    });
  });

  it.each([
    ['with', '/', 'with-slash'],
    ['without', '', 'without-slash'],
  ])('is stored as it spells itself when typed %s a slash', async (_name, slash, name) => {
    const { url, metadata } = await startIssuer({
      '/token': tokens('access token', { refresh_token: 'refresh token' }),
    });
    expect(await generate(`${url}${slash}`, name)).toMatchObject({ code: 0 });
    expect((await readAccount(sandbox, name)).issuer_url).toBe(metadata.issuer);
  });

  it('whose clock says something else is named once, at the login', async () => {
    const date = new Date(Date.now() - 7_200_000).toUTCString();
    const json = { 'content-type': 'application/json', date };
    const issuer = await startIssuer({
      '/.well-known/openid-configuration': (_request, response) => {
        response
          .writeHead(200, json)
          .end(JSON.stringify({ ...issuer.metadata, scopes_supported: ['openid'] }));
      },
      '/jwk': { headers: { date }, json: { keys: [] } },
      '/token': tokens('at', { refresh_token: 'refresh token' }),
    });
    const { stderr, code } = await generate(issuer.url, 'late');
    expect(code).toBe(0);
    const warning =
      /Warning: the clock of this computer is (?:1 hour 59 minutes|2 hours.*) ahead of the issuer's\nhint: tokens that are still valid look expired here; if this clock is the wrong one, set it \(see timedatectl\)\n/g;
    expect(stderr.match(warning)).toHaveLength(1);
    expect(await sandbox.run('oidc-token', ['late'])).toMatchObject({ stdout: 'at\n', stderr: '' });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    const inspected = await sandbox.run('jeton', ['inspect', '--issuer', issuer.url], { input: unsigned });
    expect(inspected.stderr.match(warning)).toHaveLength(1);
  });

  it('that does not register clients gives an error with a hint', async () => {
    const { url } = await startIssuer({
      '/register': { status: 403, json: { error: 'Forbidden by policy' } },
    });
    expect(await generate(url)).toMatchObject({
      stderr: expect.stringMatching(/^Error: Forbidden by policy\n/),
      code: 1,
    });
  });
});

describe('a login', () => {
  const registered = 'Registering Client ...\nGenerating account configuration ...\naccepted\n';

  it('that the user denies ends, and oidc-gen deletes its client', async () => {
    const issuer = await startIssuer({
      '/token': [refusal('authorization_pending'), refusal('access_denied')],
    });
    const { stdout, stderr, code } = await generate(issuer.url);
    expect([stdout, code]).toEqual([registered, 77]);
    expect(stderr).toContain(`visit:\n${issuer.url}/device\n\nAnd enter the code: ABC123\n`);
    expect(stderr).toMatch(/\nError: access_denied\nhint: /);
    expect(deletedClients(issuer)).toBe(1);
    expectNoAccount('wlcg');
  });

  it.each([
    [
      'the issuer says',
      { json: { expires_in: 600 } },
      refusal('expired_token'),
      /Error: expired_token\nhint: /,
    ],
    [
      'its time is over',
      { json: { expires_in: 2 } },
      refusal('authorization_pending'),
      /Error: Device code is not valid any more!\nhint: /,
    ],
  ])(
    'that has expired because %s ends, and its client is deleted',
    async (_name, { json }, answer, error) => {
      const device = { device_code: 'd', user_code: 'u', interval: 1, ...json };
      const issuer = await startIssuer({
        '/devicecode': (request, response) => {
          response.end(
            JSON.stringify({ ...device, verification_uri: `http://${request.headers.host}/device` }),
          );
        },
        '/token': answer,
      });
      const { stdout, stderr, code } = await generate(issuer.url);
      expect([stdout, code]).toEqual([registered, 1]);
      expect(stderr).toMatch(error);
      expect(deletedClients(issuer)).toBe(1);
      expectNoAccount('wlcg');
    },
  );

  it('polls more slowly after slow_down (RFC 8628 3.5)', async () => {
    const polls: number[] = [];
    const issuer = await startIssuer({
      '/token': (_request, response) => {
        polls.push(performance.now());
        const [status, json] =
          polls.length === 1
            ? [400, { error: 'slow_down' }]
            : [200, { access_token: 'access token', refresh_token: 'refresh token' }];
        response.writeHead(status).end(JSON.stringify(json));
      },
    });
    expect(await generate(issuer.url, 'slow')).toMatchObject({ code: 0 });
    const [first = 0, second = 0] = polls;
    // The interval was 1 s.
    expect(second - first).toBeGreaterThan(5900);
    expect(polls).toHaveLength(2);
  });

  it('continues after an issuer was down for a moment', async () => {
    const issuer = await startIssuer({
      '/token': [
        { status: 502, text: '<h1>Bad gateway</h1>' },
        tokens('access token', { refresh_token: 'refresh token' }),
      ],
    });
    expect(await generate(issuer.url, 'patient')).toMatchObject({ code: 0 });
  });

  it('without a refresh token fails, and oidc-gen deletes its client', async () => {
    const issuer = await startIssuer({ '/token': tokens('access token') });
    const { stderr, code } = await generate(issuer.url);
    expect(stderr).toMatch(/Error: OIDP response does not contain a refresh token\nhint: .*offline_access/);
    expect(code).toBe(1);
    expect(deletedClients(issuer)).toBe(1);
    expectNoAccount('wlcg');
  });
});

function expectNoAccount(name: string): void {
  expect(readdirSync(sandbox.accounts)).not.toContain(name);
}
