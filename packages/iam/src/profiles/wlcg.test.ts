import { describe, expect, it } from 'vitest';
import { testUsers } from '../users/users.ts';
import { wlcgProfile } from './wlcg.ts';

const [user] = testUsers;
if (user === undefined) throw new Error('there is no test user');

describe('the access token of the wlcg profile', () => {
  it('has version, nbf and scope, and only requested claims about the user', () => {
    const scopes = ['openid', 'profile', 'email'];
    expect(wlcgProfile.accessToken({ user, scopes, audience: [] }, 1000)).toEqual({
      'wlcg.ver': '1.0',
      nbf: 1000,
      scope: 'openid profile email',
    });
  });
  it('has no groups without a user', () => {
    const subject = { user: undefined, scopes: ['wlcg.groups'], audience: [] };
    expect(wlcgProfile.accessToken(subject, 1000)).not.toHaveProperty(['wlcg.groups']);
  });
  it('has the audience any unless the client requests one', () => {
    const subject = { user, scopes: [] };
    expect(wlcgProfile.audience({ ...subject, audience: [] })).toEqual(['https://wlcg.cern.ch/jwt/v1/any']);
    expect(wlcgProfile.audience({ ...subject, audience: ['a', 'b'] })).toEqual(['a', 'b']);
  });
});

describe('the id token of the wlcg profile', () => {
  it('names the user for profile and email, and has wlcg.groups instead of groups', () => {
    expect(wlcgProfile.idToken(user, ['openid', 'profile', 'email', 'wlcg.groups'])).toEqual({
      'wlcg.ver': '1.0',
      name: 'Test User',
      preferred_username: 'test',
      organisation_name: 'jeton-iam',
      email: 'test@iam.test',
      'wlcg.groups': ['/Analysis', '/Production'],
    });
  });
});

describe('userinfo of the wlcg profile', () => {
  it('has no organisation_name and no groups', () => {
    expect(wlcgProfile.userinfo(user, ['openid', 'profile', 'wlcg.groups'])).toEqual({
      name: 'Test User',
      preferred_username: 'test',
      given_name: 'Test',
      family_name: 'User',
      nickname: 'test',
      gender: 'M',
      birthdate: '1950-01-01',
      email: 'test@iam.test',
      email_verified: true,
      'wlcg.groups': ['/Analysis', '/Production'],
    });
  });
});
