/** XRootD's programs and server, as Debian has them: storage that takes the tokens of the agent, by their scopes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateAccount } from '../support/agent/accounts.ts';
import { startAgent } from '../support/agent/agent.ts';
import { Sandbox } from '../support/computer/sandbox.ts';
import { makeCertificates } from '../support/servers/certificates.ts';
import { startIam } from '../support/servers/iam.ts';
import { canRunXrootd, startXrootd } from '../support/servers/xrootd.ts';

describe.skipIf(!canRunXrootd)('XRootD (needs xrootd-server, xrootd-scitokens-plugins and root)', () => {
  const sandbox = new Sandbox();
  let url: string;
  beforeAll(async () => {
    const certificates = makeCertificates(join(sandbox.folder, 'site'));
    const { authority, cert, key } = certificates;
    const iam = await startIam(sandbox, ['--auto-approve', 'test', '--tls-cert', cert, '--tls-key', key]);
    [url] = await Promise.all([startXrootd(sandbox, iam.issuer, certificates), startAgent(sandbox)]);
    const made = await generateAccount(sandbox, 'wlcg', iam, { args: ['--cp', authority] });
    expect(made).toMatchObject({ code: 0 });
  }, 30_000);
  afterAll(() => sandbox.close());

  const read = () => `xrdfs ${url} cat /data/x`;
  const tokensh = (script: string, options: string[] = []) =>
    sandbox.run('oidc-tokensh', [...options, '--', '/bin/sh', '-c', script]);
  const refused = { stdout: '', code: expect.any(Number), stderr: expect.stringContaining('Auth failed') };

  it('reads with the file of oidc-tokensh, and with the variable of oidc-tokensh --env', async () => {
    expect(await tokensh(read())).toMatchObject({ stdout: 'stored', code: 0 });
    const alone = `unset BEARER_TOKEN_FILE; ${read()}`;
    expect(await tokensh(alone, ['--env'])).toMatchObject({ stdout: 'stored', code: 0 });
    expect(await tokensh(alone)).toMatchObject(refused);
  });

  it('reads no token file that others may read', async () => {
    expect(await tokensh(`chmod 644 $BEARER_TOKEN_FILE; ${read()}`)).toMatchObject(refused);
  });

  it('finds bt_u<uid> in XDG_RUNTIME_DIR by itself', async () => {
    const folder = join(sandbox.folder, 'tmp');
    const script = `unset BEARER_TOKEN_FILE; XDG_RUNTIME_DIR=${folder} ${read()}`;
    const file = join(folder, `bt_u${process.getuid?.()}`);
    expect(await tokensh(script, ['-o', file])).toMatchObject({ stdout: 'stored', code: 0 });
  });

  it('lets a token do what its scopes say', async () => {
    const local = join(sandbox.folder, 'new');
    const put = (scopes: string) => {
      const script = `BEARER_TOKEN=$(oidc-token -s '${scopes}' wlcg) xrdcp -s ${local} ${url}//data/new`;
      return sandbox.run('/bin/sh', ['-c', script]);
    };
    writeFileSync(local, 'new');
    expect(await put('storage.read:/')).toMatchObject({
      stderr: expect.stringContaining('permission denied'),
    });
    expect(await put('storage.read:/ storage.modify:/')).toMatchObject({ stderr: '', code: 0 });
    expect(readFileSync(join(sandbox.folder, 'xrootd/files/data/new'), 'utf8')).toBe('new');
  });
});
