/** The interface of the package. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as v from 'valibot';
import { expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { configSchema } from '../../src/config/schema.ts';
import { type IamConfig, startIam } from '../../src/index.ts';
import { json } from '../support/test-iam.ts';

type ConfigInput = v.InferInput<typeof configSchema>;
type MemberOf<T, Name extends keyof T> = T[Name] extends infer List | undefined
  ? List extends readonly (infer Item)[]
    ? keyof Item
    : keyof List
  : never;

it('has the members of the configuration file, by the same names', () => {
  expectTypeOf((input: Omit<ConfigInput, 'behaviour'>): IamConfig => input).toBeFunction();
  expectTypeOf<keyof IamConfig>().toEqualTypeOf<keyof ConfigInput>();
  type Part = 'users' | 'clients' | 'scopes' | 'scope_policies' | 'exchange_policies' | 'lifetimes';
  expectTypeOf<{ [Name in Part]: MemberOf<IamConfig, Name> }>().toEqualTypeOf<{
    [Name in Part]: MemberOf<ConfigInput, Name>;
  }>();
});

it('runs several at once, which know nothing of each other', async () => {
  await using here = await startIam({ like: 'keycloak' });
  await using there = await startIam();
  expect(here.port).not.toBe(there.port);
  await fetch(`${here.issuer}jwk`);
  expect([here.requests.length, there.requests.length]).toEqual([1, 0]);
});

it('leaves the process as it was, and the port free', async () => {
  const handlers = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
  const before = handlers();
  let port = 0;
  {
    await using iam = await startIam();
    port = iam.port;
    expect(handlers()).toEqual(before);
  }
  const again = await startIam({ port });
  await Promise.all([again.stop(), again.stop()]);
  expect(handlers()).toEqual(before);
});

it.each(['a file', 'an object'])('takes users, clients and behaviour from %s', async (kind) => {
  const members: IamConfig = {
    users: [{ username: 'alice', password: 'wonderland' }],
    clients: [{ client_id: 'portal', grant_types: ['password'], scope: 'openid' }],
    behaviour: { rules: [{ endpoint: '/token', status: 503, times: 1 }] },
  };
  const folder = await mkdtemp(join(tmpdir(), 'start-iam-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'iam.yaml');
  await writeFile(file, JSON.stringify(members));
  await using iam = await startIam({ config: kind === 'a file' ? file : members });
  const form = { grant_type: 'password', client_id: 'portal', username: 'alice', password: 'wonderland' };
  const ask = async () =>
    (await fetch(`${iam.issuer}token`, { method: 'POST', body: new URLSearchParams(form) })).status;
  expect([await ask(), await ask()]).toEqual([503, 200]);
});

it('takes the words of --behave, at the start and later', async () => {
  await using iam = await startIam({ behave: 'endpoint=/jwk,status=503' });
  const ask = async () => (await fetch(`${iam.issuer}jwk`)).status;
  expect(await ask()).toBe(503);
  iam.behave('endpoint=/jwk,status=429', 'rotation=rotate');
  expect(await ask()).toBe(429);
  iam.behave();
  expect(await ask()).toBe(200);
  iam.clearRequests();
  expect(iam.requests).toEqual([]);
});

it('approves and refuses device codes as a user does', async () => {
  await using iam = await startIam({ behave: 'denial=access_denied' });
  const post = async (path: string, form: Record<string, string>) =>
    json(await fetch(iam.issuer + path, { method: 'POST', body: new URLSearchParams(form) }));
  const client_id = 'public-dc-client';
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const [one, other] = [await post('devicecode', { client_id }), await post('devicecode', { client_id })];
  iam.approve(String(one.user_code), 'test');
  iam.deny(String(other.user_code), 'test');
  const poll = ({ device_code }: Record<string, unknown>) =>
    post('token', { client_id, grant_type, device_code: String(device_code) });
  expect(await poll(one)).toMatchObject({ token_type: 'Bearer' });
  expect(await poll(other)).toMatchObject({ error: 'access_denied' });
  expect(() => iam.approve(String(one.user_code), 'zoe')).toThrow("There is no user 'zoe'");
});

it.each([
  [{ behave: 'status=9' }, "'status=9': status must be"],
  [{ config: { users: [{ username: 'a' }] } }, 'config: users[0].password is missing'],
  [{ config: { groups: [1] } }, 'config: groups[0] must be'],
  [{ autoApprove: 'zoe' }, "there is no user 'zoe'"],
  [{ config: '/nowhere.yaml' }, 'ENOENT'],
])('names the mistake in %j', async (options, message) => {
  // @ts-expect-error some of them are mistakes for the compiler, too
  await expect(startIam(options)).rejects.toThrow(message);
});
