import { createHash } from 'node:crypto';
import { type Client, defaultSettings } from '../clients/clients.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Lifetimes } from '../iam.ts';
import type { ScopePolicy } from '../policies/scope-policies.ts';
import type { ServerOptions } from '../server.ts';
import { parseScope } from '../tokens/scopes.ts';
import { type GroupMembership, testUsers, type User } from '../users/users.ts';
import type { Path } from './position.ts';
import type { ConfigFile } from './schema.ts';

/** The options of `startServer` that a configuration file has. */
export type Config = Pick<
  ServerOptions,
  | 'profile'
  | 'users'
  | 'clients'
  | 'scopes'
  | 'scopePolicies'
  | 'exchangePolicies'
  | 'lifetimes'
  | 'like'
  | 'behaviour'
>;

/** The error of a name that does not exist, or exists twice. */
export class Contradiction extends Error {
  readonly path: Path;

  constructor(path: Path, text: string) {
    super(text);
    this.path = path;
  }
}

/** What the members of a configuration mean to the server. @throws Contradiction */
export function toOptions(file: ConfigFile): Config {
  const groups = toGroups(file);
  const users = toUsers(file, groups);
  const { profile, scope_policies, exchange_policies, like, behaviour } = file;
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(users === undefined ? {} : { users }),
    clients: toClients(file, users ?? testUsers),
    scopes: file.scopes,
    ...(scope_policies === undefined
      ? {}
      : { scopePolicies: toScopePolicies(scope_policies, users ?? testUsers, groups) }),
    ...(exchange_policies === undefined ? {} : { exchangePolicies: exchange_policies.map(numbered) }),
    lifetimes: toLifetimes(file.lifetimes),
    ...(like === undefined ? {} : { like }),
    ...(behaviour === undefined ? {} : { behaviour }),
  };
}

/** The groups by their names. */
function toGroups(file: ConfigFile): ReadonlyMap<string, GroupMembership> {
  const groups = new Map<string, GroupMembership>();
  for (const [index, group] of file.groups.entries()) {
    if (groups.has(group.name)) throw new Contradiction(['groups', index], 'is there twice');
    groups.set(group.name, group.optional ? group : { name: group.name });
  }
  return groups;
}

function toUsers(file: ConfigFile, groups: ReadonlyMap<string, GroupMembership>): User[] | undefined {
  const names = new Set<string>();
  return file.users?.map((user, index) => {
    const { username, password, admin, disabled, aup, external } = user;
    if (names.has(username)) throw new Contradiction(['users', index, 'username'], 'is there twice');
    names.add(username);
    return {
      id: user.id ?? idFor(username),
      username,
      password,
      givenName: user.given_name ?? username,
      familyName: user.family_name ?? 'User',
      email: user.email ?? `${username}@iam.test`,
      nickname: user.nickname,
      gender: user.gender,
      birthdate: user.birthdate,
      groups: user.groups.map((name, at) => groupNamed(groups, name, ['users', index, 'groups', at])),
      ...(admin ? { admin } : {}),
      ...(disabled ? { disabled } : {}),
      ...(aup === 'unsigned' ? { aupUnsigned: true } : {}),
      externalIdentities: external,
    };
  });
}

/** The id of a user: the same at each start, so that tokens of an earlier start still belong to the user. */
function idFor(username: string): string {
  const digest = createHash('sha256').update(`jeton-iam user ${username}`).digest('hex');
  const [, a, b, c, d] = /^(.{8})(.{4}).(.{3}).(.{15})/.exec(digest) ?? [];
  return `${a}-${b}-8${c}-8${d?.slice(0, 3)}-${d?.slice(3)}`;
}

function toClients(file: ConfigFile, users: readonly User[]): Client[] {
  const ids = new Set<string>();
  return file.clients.map((client, index) => {
    const { client_id, client_secret } = client;
    if (ids.has(client_id)) throw new Contradiction(['clients', index, 'client_id'], 'is there twice');
    ids.add(client_id);
    const owners = client.owners.map((name, at) => userId(users, name, ['clients', index, 'owners', at]));
    return {
      ...defaultSettings,
      ...definedMembers(client),
      client_name: client.client_name ?? client_id,
      token_endpoint_auth_method: client_secret === undefined ? 'none' : 'client_secret_basic',
      scope: parseScope(client.scope).join(' '),
      owners,
      dynamically_registered: false,
      created_at: 0,
    };
  });
}

function toScopePolicies(
  policies: NonNullable<ConfigFile['scope_policies']>,
  users: readonly User[],
  groups: ReadonlyMap<string, GroupMembership>,
): ScopePolicy[] {
  return policies.map((policy, index) => {
    const { user, group, rule, matchingPolicy, scopes } = policy;
    const at = (member: string): Path => ['scope_policies', index, member];
    return {
      ...numbered(policy, index),
      rule,
      matchingPolicy,
      scopes,
      account: user === undefined ? undefined : userId(users, user, at('user')),
      group: group === undefined ? undefined : groupNamed(groups, group, at('group')).name,
    };
  });
}

/** A policy with the members that the API sets. */
function numbered<T extends { readonly description?: string | undefined }>(policy: T, index: number) {
  return {
    ...policy,
    description: policy.description ?? '',
    id: index + 1,
    creationTime: 0,
    lastUpdateTime: 0,
  };
}

function toLifetimes(lifetimes: ConfigFile['lifetimes']): Partial<Lifetimes> {
  return definedMembers({
    accessToken: lifetimes.access_token,
    idToken: lifetimes.id_token,
    refreshToken: lifetimes.refresh_token,
    deviceCode: lifetimes.device_code,
    session: lifetimes.session,
  });
}

/** @throws Contradiction */
function userId(users: readonly User[], username: string, path: Path): string {
  const user = users.find((candidate) => candidate.username === username);
  const names = users.map((candidate) => candidate.username);
  if (user === undefined) throw new Contradiction(path, noSuch('user', username, names));
  return user.id;
}

/** @throws Contradiction */
function groupNamed(groups: ReadonlyMap<string, GroupMembership>, name: string, path: Path): GroupMembership {
  const group = groups.get(name);
  if (group === undefined) throw new Contradiction(path, noSuch('group', name, [...groups.keys()]));
  return group;
}

function noSuch(kind: string, name: string, names: readonly string[]): string {
  return `names a ${kind} that does not exist: '${name}'${didYouMean(name, names)}`;
}

/** Without the members that are undefined. */
function definedMembers<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
