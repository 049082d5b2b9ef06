import * as v from 'valibot';
import { issuerNames } from '../behaviour/issuers.ts';
import { behaviourSchema } from '../behaviour/rules.ts';
import { redirectUriProblem } from '../clients/redirect-uris.ts';
import { didYouMean } from '../did-you-mean.ts';
import { knownGrants } from '../grants/names.ts';
import { clientMatchings } from '../policies/exchange-policies.ts';
import { matchings, rules } from '../policies/rule.ts';
import { profileNames } from '../profiles/profiles.ts';

const text = v.pipe(v.string('must be text'), v.nonEmpty('must not be empty'));
const flag = v.boolean('must be true or false');
const seconds = v.pipe(
  v.number('must be a number of seconds'),
  v.integer('must be a whole number of seconds'),
  v.minValue(0, 'must not be negative'),
);
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be one of ${values.join(', ')}`);
const listOf = <const T extends v.GenericSchema>(item: T) => v.array(item, 'must be a list');

/** An object with these members and no others. */
const object = <const T extends v.ObjectEntries>(members: T) =>
  v.strictObject(members, ({ expected, received, path }) => {
    if (expected === 'never')
      return `is not known here${didYouMean(path?.at(-1)?.key, Object.keys(members))}`;
    return expected === 'Object'
      ? 'must have members'
      : `is missing${received === 'undefined' ? '' : ' a value'}`;
  });

const group = v.union(
  [
    v.pipe(
      text,
      v.transform((name) => ({ name, optional: false })),
    ),
    object({ name: text, optional: v.optional(flag, false) }),
  ],
  'must be the name of a group, or its name and whether it is optional',
);

const user = object({
  username: text,
  password: text,
  id: v.optional(v.pipe(v.string('must be a UUID'), v.uuid('must be a UUID'))),
  given_name: v.optional(text),
  family_name: v.optional(text),
  email: v.optional(v.pipe(v.string('must be an e-mail address'), v.email('must be an e-mail address'))),
  nickname: v.optional(text),
  gender: v.optional(text),
  birthdate: v.optional(v.pipe(text, v.isoDate('must be a date, YYYY-MM-DD'))),
  groups: v.optional(listOf(text), []),
  admin: v.optional(flag, false),
  disabled: v.optional(flag, false),
  aup: v.optional(oneOf(['signed', 'unsigned']), 'signed'),
  external: v.optional(listOf(object({ issuer: text, subject: text })), []),
});

const redirectUri = v.pipe(
  text,
  v.check(
    (uri) => redirectUriProblem(uri) === undefined,
    ({ input }) => `is not possible: ${redirectUriProblem(input)}`,
  ),
);

const client = object({
  client_id: text,
  /** A client without one is public. */
  client_secret: v.optional(text),
  client_name: v.optional(text),
  grant_types: listOf(oneOf(knownGrants)),
  redirect_uris: v.optional(listOf(redirectUri), []),
  scope: text,
  owners: v.optional(listOf(text), []),
  access_token_validity_seconds: v.optional(seconds),
  refresh_token_validity_seconds: v.optional(seconds),
  id_token_validity_seconds: v.optional(seconds),
  device_code_validity_seconds: v.optional(seconds),
  reuse_refresh_token: v.optional(flag),
  allow_introspection: v.optional(flag),
  clear_access_tokens_on_refresh: v.optional(flag),
  require_auth_time: v.optional(flag),
  active: v.optional(flag),
});

const scope = object({
  value: v.pipe(text, v.regex(/^\S+$/, 'must not have spaces')),
  description: text,
  default: v.optional(flag, false),
  restricted: v.optional(flag, false),
});

const scopePolicy = object({
  description: v.optional(text),
  rule: oneOf(rules),
  matchingPolicy: v.optional(oneOf(matchings), 'EQ'),
  /** A username. */
  user: v.optional(text),
  group: v.optional(text),
  scopes: v.optional(listOf(text), []),
});

const clientMatching = object({ type: oneOf(clientMatchings), matchParam: v.optional(text) });

const exchangePolicy = object({
  description: v.optional(text),
  rule: oneOf(rules),
  originClient: v.optional(clientMatching, { type: 'ANY' }),
  destinationClient: v.optional(clientMatching, { type: 'ANY' }),
  scopePolicies: v.optional(
    listOf(object({ rule: oneOf(rules), type: oneOf(matchings), matchParam: text })),
    [],
  ),
});

/** The configuration file, member by member. */
export const configSchema = object({
  profile: v.optional(oneOf(profileNames)),
  groups: v.optional(listOf(group), []),
  users: v.optional(listOf(user)),
  clients: v.optional(listOf(client), []),
  scopes: v.optional(listOf(scope), []),
  scope_policies: v.optional(listOf(scopePolicy)),
  exchange_policies: v.optional(listOf(exchangePolicy)),
  lifetimes: v.optional(
    object({
      access_token: v.optional(seconds),
      id_token: v.optional(seconds),
      refresh_token: v.optional(seconds),
      device_code: v.optional(seconds),
      session: v.optional(seconds),
    }),
    {},
  ),
  like: v.optional(oneOf(issuerNames)),
  behaviour: v.optional(behaviourSchema),
});

export type ConfigFile = v.InferOutput<typeof configSchema>;
