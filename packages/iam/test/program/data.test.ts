import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server.ts';
import { basic, DEVICE_GRANT, json } from '../support/test-iam.ts';

let folder = '';
let file = '';
let iam: RunningServer;
const running: RunningServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jeton iam é-'));
  file = join(folder, 'state.db');
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: ServerOptions = {}) {
  iam = await startServer({ data: file, ...options });
  running.push(iam);
}
async function restart(options: ServerOptions = {}) {
  await iam.close();
  running.splice(0);
  await start(options);
}

const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${iam.issuer}${path}`, { method: 'POST', body: new URLSearchParams(form), headers });

async function register() {
  const grant_types = ['refresh_token', DEVICE_GRANT];
  const scope = 'openid offline_access';
  const body = JSON.stringify({ client_name: 'oidc-agent:kept', grant_types, scope });
  const client = await json(
    await fetch(`${iam.issuer}iam/api/client-registration`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }),
  );
  const [id, secret, token] = [client.client_id, client.client_secret, client.registration_access_token].map(
    String,
  );
  return { id: id ?? '', secret: secret ?? '', token: token ?? '' };
}
type Client = Awaited<ReturnType<typeof register>>;

/** Reads or deletes a client with its registration token. */
const manage = ({ id, token }: Client, method: 'GET' | 'DELETE') =>
  fetch(`${iam.issuer}iam/api/client-registration/${id}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });

async function newCode(client: Client, approve = true) {
  const code = await json(await post('devicecode', { client_id: client.id }));
  if (approve) iam.control.decide(String(code.user_code), { user: 'test', approve: true });
  return String(code.device_code);
}
const poll = async (client: Client, device_code: string) =>
  json(await post('token', { grant_type: DEVICE_GRANT, device_code }, basic(client.id, client.secret)));
const refresh = (client: Client, refresh_token: unknown) =>
  post(
    'token',
    { grant_type: 'refresh_token', refresh_token: String(refresh_token) },
    basic(client.id, client.secret),
  );

describe('with a file for its state', () => {
  it('a restart loses neither clients, codes, tokens nor the key', async () => {
    await start();
    const client = await register();
    const tokens = await poll(client, await newCode(client));
    const [approved, waiting] = [await newCode(client), await newCode(client, false)];
    await restart();

    await jwtVerify(String(tokens.access_token), createRemoteJWKSet(new URL(`${iam.issuer}jwk`)));
    const introspect = { token: String(tokens.access_token) };
    expect(await json(await post('introspect', introspect, basic(client.id, client.secret)))).toMatchObject({
      active: true,
    });
    expect((await refresh(client, tokens.refresh_token)).status).toBe(200);
    expect(await poll(client, approved)).toHaveProperty('access_token');
    expect(await poll(client, waiting)).toMatchObject({ error: 'authorization_pending' });
    expect(await json(await manage(client, 'GET'))).toMatchObject({ client_id: client.id });
  });

  it('a restart restores nothing that was deleted', async () => {
    await start();
    const [client, other] = [await register(), await register()];
    const revoked = await poll(client, await newCode(client));
    const used = await newCode(client);
    await poll(client, used);
    await post('revoke', { token: String(revoked.refresh_token) }, basic(client.id, client.secret));
    await manage(other, 'DELETE');
    await restart();
    expect((await refresh(client, revoked.refresh_token)).status).toBe(401);
    expect(await poll(client, used)).toMatchObject({ error: 'invalid_grant' });
    expect((await post('devicecode', { client_id: other.id })).status).toBe(404);
  });

  it('extends no lifetime', async () => {
    let time = Date.now() / 1000;
    await start({ now: () => time });
    const client = await register();
    const tokens = await poll(client, await newCode(client));
    time += 31 * 24 * 3600;
    await restart({ now: () => time });
    expect((await refresh(client, tokens.refresh_token)).status).toBe(401);
  });

  it('keeps changes of the test clients and of the policies', async () => {
    const policy = { description: '', matchingPolicy: 'EQ', creationTime: 0, lastUpdateTime: 0 } as const;
    await start({ scopePolicies: [{ ...policy, id: 7, rule: 'DENY' }] });
    const client = await register();
    await restart();
    expect(await poll(client, await newCode(client))).toMatchObject({ scope: 'openid' });
  });

  it('is readable for its owner only, even if it was not before', async () => {
    await writeFile(file, '');
    await chmod(file, 0o644);
    await start();
    await register();
    for (const name of await readdir(folder)) {
      const { mode } = await stat(join(folder, name));
      if (!name.endsWith('.lock')) expect([name, (mode & 0o777).toString(8)]).toEqual([name, '600']);
    }
    await iam.close();
    running.splice(0);
    expect((await readdir(folder)).filter((name) => /pid|lock/.test(name))).toEqual([]);
  });

  it('belongs to one process at a time', async () => {
    await start();
    await expect(startServer({ data: file })).rejects.toThrow(
      `cannot keep state in ${file}: process ${process.pid} is using it\nhint: `,
    );
    expect((await fetch(`${iam.issuer}jwk`)).status).toBe(200);
  });

  it('can be used after its process was killed', async () => {
    await start();
    const client = await register();
    await iam.close();
    running.splice(0);
    // The shell becomes sleep, which never waits for its child. The child may end only after that.
    const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 600']);
    try {
      const [pid] = await once(parent.stdout.setEncoding('utf8'), 'data');
      if (process.platform === 'linux') {
        const stat = (id: number | undefined) => readFile(`/proc/${id}/stat`, 'utf8');
        await vi.waitFor(async () => expect(await stat(parent.pid)).toContain('(sleep)'), {
          timeout: 60_000,
        });
        parent.stdin.end();
        await vi.waitFor(async () => expect(await stat(Number(pid))).toContain(' Z '), { timeout: 60_000 });
      }
      await writeFile(`${file}.pid`, process.platform === 'linux' ? pid : '2147483647\n');
      await mkdir(`${file}.lock`);
      await start();
      expect((await manage(client, 'GET')).status).toBe(200);
    } finally {
      parent.kill();
    }
  });

  it('is released if the start fails', async () => {
    await start();
    const other = join(folder, 'other.db');
    await expect(startServer({ data: other, port: iam.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await start({ data: other });
    // The first successful start adds the test clients and policies.
    const client = await register();
    expect(await poll(client, await newCode(client))).toMatchObject({ scope: 'openid offline_access' });
  });

  it('reports why it cannot use a file', async () => {
    await expect(startServer({ data: join(folder, 'no', 'such') })).rejects.toThrow(
      /^cannot keep state in .*ENOENT/,
    );
    await writeFile(
      file,
      'something else, which is longer than the head of an SQLite file is, by some bytes '.repeat(20),
    );
    await expect(startServer({ data: file })).rejects.toThrow(
      `cannot keep state in ${file}: file is not a database`,
    );
    await rm(file);
    await start();
    await iam.close();
    running.splice(0);
    const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm');
    const database = new Database(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(startServer({ data: file })).rejects.toThrow('written by a later version of jeton-iam');
  });
});
