import { WLCG_GROUP_SCOPE } from '../users/groups.ts';

export interface SystemScope {
  readonly value: string;
  /** The text on the consent page. */
  readonly description: string;
  /** A client that registers without a scope gets it. */
  readonly default?: boolean;
  /** Not in discovery; only administrators can give it to a client. */
  readonly restricted?: boolean;
}

/** The scopes of a public IAM instance, with the storage and compute scopes of WLCG. */
export const systemScopes: readonly SystemScope[] = [
  { value: 'openid', description: 'Log you in', default: true },
  { value: 'profile', description: 'Your name and username', default: true },
  { value: 'email', description: 'Your email address', default: true },
  { value: 'address', description: 'Your postal address', default: true },
  { value: 'phone', description: 'Your telephone number', default: true },
  { value: 'offline_access', description: 'Act for you while you are away' },
  { value: 'eduperson_scoped_affiliation', description: 'Your affiliation' },
  { value: 'eduperson_entitlement', description: 'Your entitlements, as eduPerson names them' },
  { value: 'eduperson_assurance', description: 'How sure we are of your identity' },
  { value: 'entitlements', description: 'Your entitlements, as AARC names them' },
  { value: 'iam', description: 'Tokens in the format of IAM' },
  { value: 'wlcg', description: 'Tokens in the WLCG format' },
  { value: 'aarc', description: 'Tokens in the AARC format' },
  { value: 'kc', description: 'Tokens in the format of Keycloak' },
  { value: 'wlcg.groups', description: 'Your groups' },
  { value: 'storage.read:/', description: 'Read files in storage' },
  { value: 'storage.create:/', description: 'Create files in storage' },
  { value: 'storage.modify:/', description: 'Change and delete files in storage' },
  { value: 'storage.stage:/', description: 'Bring files from tape to disk' },
  { value: 'compute.read', description: 'See compute jobs' },
  { value: 'compute.modify', description: 'Change compute jobs' },
  { value: 'compute.create', description: 'Submit compute jobs' },
  { value: 'compute.cancel', description: 'Cancel compute jobs' },
  { value: 'scim', description: 'Manage users and groups', restricted: true },
  { value: 'scim:read', description: 'Read users and groups', restricted: true },
  { value: 'scim:write', description: 'Change users and groups', restricted: true },
  { value: 'registration', description: 'Manage requests for membership', restricted: true },
  { value: 'registration:read', description: 'Read requests for membership', restricted: true },
  { value: 'registration:write', description: 'Decide requests for membership', restricted: true },
  { value: 'proxy:generate', description: 'Make X.509 proxies for you', restricted: true },
  { value: 'ssh-keys', description: 'Your SSH keys', restricted: true },
  { value: 'iam:admin.read', description: 'Read everything in IAM', restricted: true },
  { value: 'iam:admin.write', description: 'Change everything in IAM', restricted: true },
];

export interface ScopeRegistry {
  /** The scopes in discovery: all system scopes that are not restricted. */
  readonly offered: readonly string[];
  /** The scopes of a client that registers without a scope. */
  readonly defaults: readonly string[];
  /** Whether one of the scopes `granted` allows `asked`. */
  covers(granted: readonly string[], asked: string): boolean;
  /** Whether only an administrator may give a client this scope. */
  isRestricted(scope: string): boolean;
  /** What the scope allows, in words. Scopes that differ only in their path differ here, too. */
  describe(scope: string): string;
}

/**
 * Which scopes exist, and which scope allows which.
 *
 * As in IAM, a system scope with a path allows every path that begins with its own, and `wlcg.groups` allows every
 * group; any other scope allows only itself. No scope allows a path with `..`.
 */
export function createScopeRegistry(scopes: readonly SystemScope[]): ScopeRegistry {
  const byValue = new Map(scopes.map((scope) => [scope.value, scope]));

  const allows = (granted: string, asked: string): boolean => {
    if (climbs(asked)) return false;
    if (granted === asked) return true;
    if (!byValue.has(granted)) return false;
    if (granted === 'wlcg.groups') return WLCG_GROUP_SCOPE.test(asked);
    return granted.includes(':/') && asked.startsWith(granted);
  };

  const systemScopeOf = (scope: string) =>
    byValue.get(scope) ?? scopes.find(({ value }) => allows(value, scope));

  return {
    offered: scopes.filter(({ restricted }) => restricted !== true).map(({ value }) => value),
    defaults: scopes.filter((scope) => scope.default === true).map(({ value }) => value),
    covers: (granted, asked) => granted.some((scope) => allows(scope, asked)),
    isRestricted: (scope) => systemScopeOf(scope)?.restricted === true,
    describe: (scope) => {
      const known = systemScopeOf(scope);
      if (known === undefined) return `The scope ${scope}`;
      if (known.value === scope) return known.description;
      return `${known.description}: ${scope.slice(scope.indexOf(':') + 1)}`;
    },
  };
}

/** Whether the path of a scope such as `storage.read:/a/../b` has a `..` in it. */
function climbs(scope: string): boolean {
  return /:(?:.*\/)?\.\.(?:\/|$)/.test(scope);
}

/** The scopes in a `scope` parameter, without duplicates. Any amount of white space separates them. */
export function parseScope(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(/\s+/).filter((scope) => scope !== ''))];
}
