import { describe, expect, it } from 'vitest';
import { testUsers } from '../users/users.ts';
import { permitAllScopes, permittedScopes, type ScopePolicy } from './scope-policies.ts';

const [user, admin] = testUsers;
if (user === undefined || admin === undefined) throw new Error('the test users are missing');

const permitAll = permitAllScopes(0);
const policy = (more: Partial<ScopePolicy>): ScopePolicy => ({ ...permitAll, id: 2, ...more });
const denyAll = policy({ rule: 'DENY' });

describe('scope policies', () => {
  it('keep the order of the scopes', () => {
    const scopes = ['profile', 'openid', 'email'];
    expect(permittedScopes([permitAll], user, scopes)).toEqual(scopes);
  });

  it('never take openid away, and permit nothing else by being absent', () => {
    expect(permittedScopes([denyAll], user, ['openid', 'profile'])).toEqual(['openid']);
    expect(permittedScopes([], user, ['openid', 'profile'])).toEqual(['openid']);
  });

  it('deny rather than permit, among those for all users', () => {
    const noEmail = policy({ rule: 'DENY', scopes: ['email'] });
    expect(permittedScopes([permitAll, noEmail], user, ['profile', 'email'])).toEqual(['profile']);
    expect(permittedScopes([noEmail, permitAll], user, ['profile', 'email'])).toEqual(['profile']);
  });

  it('of a group override those for all users, and those of a user both', () => {
    const noEmail = policy({ rule: 'DENY', scopes: ['email'] });
    const emailForGroup = policy({ group: 'Production', scopes: ['email'] });
    const noEmailForUser = policy({ rule: 'DENY', account: user.id, scopes: ['email'] });
    expect(permittedScopes([permitAll, noEmail, emailForGroup], user, ['email'])).toEqual(['email']);
    expect(permittedScopes([permitAll, noEmail, emailForGroup], admin, ['email'])).toEqual([]);
    const all = [permitAll, noEmail, emailForGroup, noEmailForUser];
    expect(permittedScopes(all, user, ['email', 'profile'])).toEqual(['profile']);
  });

  it('match one group of several that deny', () => {
    const both = [policy({ group: 'Production' }), policy({ group: 'Analysis', rule: 'DENY' })];
    expect(permittedScopes([permitAll, ...both], user, ['email'])).toEqual([]);
  });

  it('match paths and regular expressions, all of the scope', () => {
    const scopes = ['storage.read:/home/a', 'storage.read:/cvmfs', 'storage.modify:/home'];
    const noHome = policy({ rule: 'DENY', matchingPolicy: 'PATH', scopes: ['storage.read:/home'] });
    expect(permittedScopes([permitAll, noHome], user, scopes)).toEqual(scopes.slice(1));
    const noModify = policy({ rule: 'DENY', matchingPolicy: 'REGEXP', scopes: ['storage.modify:/.*'] });
    expect(permittedScopes([permitAll, noModify], user, scopes)).toEqual(scopes.slice(0, 2));
    const part = policy({ rule: 'DENY', matchingPolicy: 'REGEXP', scopes: ['home'] });
    expect(permittedScopes([permitAll, part], user, scopes)).toEqual(scopes);
  });

  it('give administration scopes to administrators only', () => {
    const scopes = ['iam:admin.read', 'iam:admin.write', 'scim:read', 'scim', 'openid'];
    expect(permittedScopes([permitAll], user, scopes)).toEqual(['openid']);
    expect(permittedScopes([permitAll], admin, scopes)).toEqual(scopes);
  });
});
