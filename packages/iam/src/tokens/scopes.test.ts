import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScopeRegistry, parseScope, systemScopes } from './scopes.ts';

const registry = createScopeRegistry(systemScopes);

describe('what discovery offers', () => {
  it('has the scopes of a WLCG instance and none of the restricted ones', () => {
    expect(registry.offered).toEqual([
      'openid',
      'profile',
      'email',
      'address',
      'phone',
      'offline_access',
      'eduperson_scoped_affiliation',
      'eduperson_entitlement',
      'eduperson_assurance',
      'entitlements',
      'iam',
      'wlcg',
      'aarc',
      'kc',
      'wlcg.groups',
      'storage.read:/',
      'storage.create:/',
      'storage.modify:/',
      'storage.stage:/',
      'compute.read',
      'compute.modify',
      'compute.create',
      'compute.cancel',
    ]);
  });
});

describe('covering', () => {
  const path = fc
    .array(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/), { maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`);

  it('lets a system scope at the root have every path below, of its own operation only', () => {
    fc.assert(
      fc.property(path, (p) => {
        expect(registry.covers(['storage.read:/'], `storage.read:${p}`)).toBe(true);
        expect(registry.covers(['storage.read:/'], `storage.modify:${p}`)).toBe(false);
      }),
    );
  });

  it('lets a path that is no system scope have itself and nothing else', () => {
    fc.assert(
      fc.property(path, path, (granted, asked) => {
        fc.pre(granted !== '/');
        expect(registry.covers([`storage.read:${granted}`], `storage.read:${asked}`)).toBe(granted === asked);
      }),
    );
  });

  it('never lets a narrowed scope grow again', () => {
    const scope = fc.oneof(
      fc.constantFrom(...registry.offered),
      path.map((p) => `storage.read:${p}`),
    );
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), scope, (granted, asked, more) => {
        const narrowed = asked.filter((s) => registry.covers(granted, s));
        if (registry.covers(narrowed, more)) expect(registry.covers(granted, more)).toBe(true);
      }),
    );
  });

  it.each(['storage.read:/..', 'storage.read:/a/../b', 'storage.read:/../etc', 'storage.read:..'])(
    'never covers the climbing path %s',
    (scope) => expect(registry.covers(['storage.read:/', scope], scope)).toBe(false),
  );

  it.each(['storage.read:/a..b', 'storage.read:/..a', 'storage.read:/...'])(
    'takes %s for an ordinary name',
    (scope) => expect(registry.covers(['storage.read:/'], scope)).toBe(true),
  );

  it.each([
    ['storage.read:/', 'storage.read:pippo', false],
    ['storage.read:/', 'storage.read', false],
    ['wlcg.groups', 'wlcg.groups:/Analysis', true],
    ['wlcg.groups', 'wlcg.groups:Analysis', false],
    ['wlcg.groups:/Analysis', 'wlcg.groups', false],
    ['compute.read', 'compute.read:/x', false],
    ['openid', 'openid2', false],
  ])('%s on %s: %s', (granted, asked, allowed) => expect(registry.covers([granted], asked)).toBe(allowed));
});

describe('restricted scopes', () => {
  it.each(['scim:read', 'iam:admin.write', 'ssh-keys', 'registration'])('are %s', (scope) =>
    expect(registry.isRestricted(scope)).toBe(true),
  );
  it.each(['openid', 'storage.read:/home', 'something.else'])('are not %s', (scope) =>
    expect(registry.isRestricted(scope)).toBe(false),
  );
});

describe('reading a scope parameter', () => {
  it('does not mind white space and doubles', () => {
    expect(parseScope('  openid   storage.read:/ \t openid ')).toEqual(['openid', 'storage.read:/']);
    expect(parseScope(undefined)).toEqual([]);
    expect(parseScope(' ')).toEqual([]);
  });
});
