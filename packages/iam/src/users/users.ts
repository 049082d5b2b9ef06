import { sameText } from '../same-text.ts';

export interface GroupMembership {
  readonly name: string;
  /** A token names an optional group only if the client requests `wlcg.groups:/<name>`. */
  readonly optional?: boolean;
}

export interface ExternalIdentity {
  readonly issuer: string;
  /** The `sub` of the id tokens there. */
  readonly subject: string;
}

export interface User {
  /** The `sub` of the user's tokens. */
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly nickname?: string | undefined;
  readonly gender?: string | undefined;
  /** In the form YYYY-MM-DD. */
  readonly birthdate?: string | undefined;
  readonly groups: readonly GroupMembership[];
  /** May see and change everything in IAM. */
  readonly admin?: boolean;
  /** May not log in, and gets no tokens. */
  readonly disabled?: boolean;
  /** Has to sign the acceptable use policy before anything else. */
  readonly aupUnsigned?: boolean;
  /** The user's identities at other OpenID providers. */
  readonly externalIdentities?: readonly ExternalIdentity[];
}

/** The two users of IAM's test data, with an optional group to try out `wlcg.groups:/...`. */
export const testUsers: readonly User[] = [
  {
    id: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
    username: 'test',
    password: 'password',
    givenName: 'Test',
    familyName: 'User',
    email: 'test@iam.test',
    nickname: 'test',
    gender: 'M',
    birthdate: '1950-01-01',
    groups: [{ name: 'Production' }, { name: 'Analysis' }, { name: 'Pilots', optional: true }],
  },
  {
    id: '73f16d93-2441-4a50-88ff-85360d78c6b5',
    username: 'admin',
    password: 'password',
    givenName: 'Admin',
    familyName: 'User',
    email: 'admin@iam.test',
    groups: [],
    admin: true,
  },
];

/** Whether a user is one of the test users, whose names and passwords are public. */
export function isTestUser(user: User): boolean {
  return testUsers.includes(user);
}

export interface UserDirectory {
  readonly all: readonly User[];
  byId(id: string): User | undefined;
  byUsername(username: string): User | undefined;
  /** The user with this username and password. */
  authenticate(username: string, password: string): User | undefined;
}

export function createUserDirectory(users: readonly User[]): UserDirectory {
  const byUsername = (username: string) => users.find((user) => user.username === username);
  return {
    all: users,
    byId: (id) => users.find((user) => user.id === id),
    byUsername,
    authenticate(username, password) {
      const user = byUsername(username);
      // Also compare for an unknown username, so that the answer takes as long.
      const isRight = sameText(user?.password ?? '', password);
      return isRight ? user : undefined;
    },
  };
}
