/**
 * The grants that IAM gives to some clients only, against a jeton-iam that is configured with such clients. Its issuer is
 * configured without a slash at the end: access tokens name it so, discovery and ID tokens with the slash.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { freePort } from '../support/computer/free-port.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { type RunningIam, startIam } from '../support/servers/iam.ts';

const config = `
users:
  - { username: jane, password: 'pass word&=%' }
clients:
  - client_id: portal
    client_secret: portal-secret
    client_name: Data portal
    grant_types: [password, refresh_token, client_credentials]
    scope: openid profile offline_access storage.read:/
  - client_id: worker
    client_secret: worker-secret
    client_name: Worker
    grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange']
    scope: openid storage.read:/
`;

describe('clients with the grants password, client_credentials and token-exchange', () => {
  const sandbox = new Sandbox();
  const tokenFile = join(sandbox.folder, 'token');
  let iam: RunningIam;
  let bareIssuer: string;
  beforeAll(async () => {
    const file = join(sandbox.folder, 'iam.yaml');
    writeFileSync(file, config);
    const port = await freePort();
    bareIssuer = `http://localhost:${port}`;
    const args = ['--config', file, '--auto-approve', 'jane', '--port', `${port}`, '--issuer', bareIssuer];
    iam = await startIam(sandbox, args);
    Object.assign(sandbox.env, {
      IAM_TOKEN_ENDPOINT: `${iam.issuer}token`,
      IAM_CLIENT_ID: 'portal',
      IAM_CLIENT_SECRET: 'portal-secret',
    });
  });
  afterAll(() => sandbox.close());

  const claimsOf = async (input: string) => {
    const { stdout } = await sandbox.run('jeton', ['inspect', '--json', '--issuer', iam.issuer], { input });
    const { claims, verified } = JSON.parse(stdout);
    expect({ verified, iss: claims.iss }).toEqual({ verified: true, iss: bareIssuer });
    return claims;
  };

  it('password: a token in the name of the user', async () => {
    const env = { IAM_USER: 'jane', IAM_PASSWORD: 'pass word&=%' };
    const args = ['password', '-s', 'openid storage.read:/', '--aud', 'se.example'];
    const { stdout, code } = await sandbox.run('jeton', args, { env });
    expect(code).toBe(0);
    writeFileSync(tokenFile, stdout);
    expect(await claimsOf(stdout)).toMatchObject({
      client_id: 'portal',
      scope: 'openid storage.read:/',
      aud: 'se.example',
    });
  });

  it('password: a wrong one', async () => {
    const env = { IAM_USER: 'jane', IAM_PASSWORD: 'wrong' };
    const { stdout, stderr, code } = await sandbox.run('jeton', ['password', '-s', 'openid'], { env });
    expect({ stdout, code }).toEqual({ stdout: '', code: 77 });
    expect(stderr).toContain('Error: invalid_grant: Bad credentials\nhint: check user name and password');
  });

  it('client-credentials: a token for the client itself', async () => {
    const { stdout } = await sandbox.run('jeton', ['client-credentials', '-s', 'storage.read:/data']);
    expect(await claimsOf(stdout)).toMatchObject({ sub: 'portal', scope: 'storage.read:/data' });
  });

  it('client-credentials: a scope that the client may not have', async () => {
    const { stdout, stderr, code } = await sandbox.run('jeton', ['client-credentials', '-s', 'email']);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain("Error: invalid_scope: Scope 'email' not allowed for client 'portal'\nhint: ");
  });

  it('exchange: a token for another client, in the name of the same user', async () => {
    const env = { IAM_CLIENT_ID: 'worker', IAM_CLIENT_SECRET: 'worker-secret' };
    const args = ['exchange', '--subject-token-file', tokenFile, '-s', 'storage.read:/'];
    const { stdout, code } = await sandbox.run('jeton', args, { env });
    expect(code).toBe(0);
    const claims = await claimsOf(stdout);
    expect(claims).toMatchObject({ client_id: 'worker', scope: 'storage.read:/', act: { sub: 'worker' } });
    expect(claims.sub).not.toBe('worker');
  });

  it('oidc-gen and the agent: an account at an issuer with another name in access tokens than in ID tokens', async () => {
    expect(iam.issuer).toBe(`${bareIssuer}/`);
    await startAgent(sandbox);
    const made = await generateAccount(sandbox, 'bare', { ...iam, issuer: bareIssuer });
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Everything setup correctly!') });
    for (const name of ['bare', bareIssuer, iam.issuer]) {
      const { stdout, stderr } = await sandbox.run('oidc-token', [name]);
      expect(stderr).toBe('');
      await claimsOf(stdout);
    }
    const { stdout: named } = await sandbox.run('oidc-token', ['--all', 'bare']);
    expect(named).toContain(iam.issuer);
  });

  it('exchange: an unknown token', async () => {
    const env = { IAM_CLIENT_ID: 'worker', IAM_CLIENT_SECRET: 'worker-secret', IAM_SUBJECT_TOKEN: 'unknown' };
    const { stderr, code } = await sandbox.run('jeton', ['exchange', '-s', 'openid'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('hint: the token is expired, revoked or unknown here');
  });
});
