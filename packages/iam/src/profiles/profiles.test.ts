import { describe, expect, it } from 'vitest';
import { testUsers } from '../users/users.ts';
import { aarcProfile } from './aarc.ts';
import { iamProfile } from './iam.ts';
import { kcProfile } from './kc.ts';

const [user] = testUsers;
if (user === undefined) throw new Error('there is no test user');

const scopes = ['openid', 'profile', 'email', 'eduperson_entitlement', 'eduperson_assurance'];
const subject = { user, scopes, audience: [] };
const client = { user: undefined, scopes, audience: [] };
const common = { active: true, iss: 'https://iam.example/', aud: 'a' };
const names = {
  name: 'Test User',
  preferred_username: 'test',
  organisation_name: 'jeton-iam',
  email: 'test@iam.test',
};
const userinfo = {
  name: 'Test User',
  preferred_username: 'test',
  given_name: 'Test',
  family_name: 'User',
  nickname: 'test',
  gender: 'M',
  birthdate: '1950-01-01',
  email: 'test@iam.test',
  email_verified: true,
};
const groups = ['Analysis', 'Pilots', 'Production'];

describe('the iam profile', () => {
  it('adds nothing to the access token, not even an audience', () => {
    expect(iamProfile.accessToken(subject, 1000)).toEqual({});
    expect(iamProfile.audience(subject)).toEqual([]);
    expect(iamProfile.audience({ ...subject, audience: ['a'] })).toEqual(['a']);
  });
  it('has names and groups in the ID token, in introspection and at userinfo', () => {
    expect(iamProfile.idToken(user, scopes)).toEqual({ ...names, groups });
    expect(iamProfile.introspection(subject, common)).toEqual({ ...common, ...names, groups });
    expect(iamProfile.introspection(client, common)).toEqual(common);
    expect(iamProfile.userinfo(user, scopes)).toEqual({
      ...userinfo,
      organisation_name: 'jeton-iam',
      groups,
    });
  });
});

describe('the kc profile', () => {
  it('calls groups roles, asked for or not', () => {
    const access = { nbf: 1000, scope: scopes.join(' ') };
    expect(kcProfile.accessToken(subject, 1000)).toEqual({ ...access, roles: groups });
    expect(kcProfile.accessToken(client, 1000)).toEqual(access);
    expect(kcProfile.accessToken({ ...subject, user: { ...user, groups: [] } }, 1000)).toEqual(access);
    expect(kcProfile.idToken(user, ['openid'])).toEqual({ roles: groups });
    expect(kcProfile.introspection(subject, common)).toEqual({ ...common, roles: groups });
    expect(kcProfile.userinfo(user, scopes)).toEqual({ ...userinfo, roles: groups });
  });
});

describe('the aarc profile', () => {
  const entitlements = groups.map((group) => `urn:geant:iam.example:group:${group}`);
  const claims = {
    voperson_id: user.id,
    eduperson_entitlement: entitlements,
    entitlements,
    eduperson_assurance: ['https://refeds.org/assurance', 'https://refeds.org/assurance/IAP/low'],
  };
  it('describes users with the claims of eduPerson', () => {
    expect(aarcProfile.accessToken(subject, 1000)).toEqual(claims);
    expect(aarcProfile.idToken(user, scopes)).toEqual(claims);
    expect(aarcProfile.userinfo(user, ['openid', 'eduperson_scoped_affiliation'])).toEqual({
      ...userinfo,
      voperson_id: user.id,
      eduperson_scoped_affiliation: ['member@iam.example'],
    });
    expect(aarcProfile.accessToken({ ...subject, scopes: ['entitlements'] }, 1000)).toEqual({
      voperson_id: user.id,
      entitlements,
    });
  });
  it('describes no clients, and leaves issuer and audience out of introspection', () => {
    expect(aarcProfile.accessToken(client, 1000)).toEqual({});
    expect(aarcProfile.introspection(subject, common)).toEqual({ active: true, ...claims });
  });
  it('writes subgroups with colons', () => {
    const member = { ...user, groups: [{ name: 'vo/sub' }] };
    expect(aarcProfile.idToken(member, ['entitlements']).entitlements).toEqual([
      'urn:geant:iam.example:group:vo:sub',
    ]);
  });
});
