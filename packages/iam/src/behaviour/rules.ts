import * as v from 'valibot';
import { didYouMean } from '../did-you-mean.ts';
import { oneOf, settings } from './settings.ts';

const OAUTH_POLL_ERRORS = ['authorization_pending', 'slow_down', 'access_denied', 'expired_token'] as const;

const milliseconds = v.pipe(
  v.number('must be a number of milliseconds'),
  v.minValue(0, 'must be a number of milliseconds'),
  v.maxValue(600_000, 'must be at most ten minutes'),
);
const wholeNumber = (least: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(least, `must be at least ${least}`),
  );
const path = v.pipe(v.string('must be a path'), v.startsWith('/', 'must be a path such as /token'));
const statusUpTo = (least: number, most: number) =>
  v.pipe(wholeNumber(least), v.maxValue(most, `must be a status from ${least} to ${most}`));
const names = v.string('must be names of members, separated by spaces');
const members = v.record(v.string(), v.unknown(), 'must be an object of members');
const texts = v.record(v.string(), v.string('must be text'), 'must be an object of texts');
const errorAnswer = v.looseObject(
  { status: v.optional(statusUpTo(200, 599)) },
  'must be an object of members',
);

/** The requests to which a rule applies; a rule without filters applies to all. */
const filters = {
  /** A path, with everything below it. */
  endpoint: v.optional(path),
  /** A client id. */
  client: v.optional(v.string('must be a client id')),
  /** The `grant_type` of a request to the token endpoint. */
  grant: v.optional(v.string('must be a grant type')),
  /** The number of requests; then the rule is removed. */
  times: v.optional(wholeNumber(1)),
};

/** What a rule does to a request. */
const faults = {
  /** Milliseconds to wait before the request is processed. */
  delay_before: v.optional(milliseconds),
  /** Milliseconds to wait before the answer is sent. */
  delay_after: v.optional(milliseconds),
  /** Process the request as if it came to this path instead of `endpoint`; the rest of the path stays. */
  path: v.optional(path),
  /** Answer with this HTTP status and do not process the request. */
  status: v.optional(statusUpTo(400, 599)),
  /** Answer with this JSON and its `status` (400), and do not process the request. */
  refuse: v.optional(errorAnswer),
  /** Close the connection without an answer, before or after the request is processed. */
  drop: v.optional(oneOf(['before', 'after'])),
  /** Replace the body by a page, the first half of the JSON, or nothing. */
  body: v.optional(oneOf(['html', 'half', 'empty'])),
  /** Answer the poll of a device with this error (RFC 8628 section 3.5). */
  poll: v.optional(oneOf(OAUTH_POLL_ERRORS)),
  /** Add `interval` to the answer to a device: the seconds between polls. */
  interval: v.optional(wholeNumber(0)),
  /** Remove members from a JSON answer, such as `expires_in`. */
  omit: v.optional(names),
  /** Add members to a JSON answer, or replace them. `$issuer` in a text stands for the issuer. */
  add: v.optional(members),
  /** Rename members of a JSON answer: old name to new name. */
  rename: v.optional(texts),
  /** Write the numbers in these members as text. */
  as_text: v.optional(names),
  /** Rename the scopes in the member `scope` of a JSON answer; an empty name removes the scope. */
  scope_names: v.optional(texts),
  /** The status of a successful answer. */
  success_status: v.optional(statusUpTo(200, 299)),
  /** Change error answers by their `error`, or `any`: the status, and members to add. */
  errors: v.optional(v.record(v.string(), errorAnswer, 'must be an object of errors')),
};

export const ruleSchema = v.pipe(
  v.strictObject({ ...filters, ...faults }, ({ expected, path }) =>
    expected === 'Object'
      ? 'must be a rule'
      : `is not part of a rule${didYouMean(path?.at(-1)?.key, Object.keys({ ...filters, ...faults }))}`,
  ),
  v.check(
    (rule) => Object.keys(faults).some((fault) => fault in rule),
    `must have one of ${Object.keys(faults).join(', ')}`,
  ),
);

/** What happens to which requests. */
export type Rule = Readonly<v.InferOutput<typeof ruleSchema>>;
/** What happens to one request. */
export type Faults = Omit<Rule, keyof typeof filters>;

/** What a rule does, without its filters. */
export function faultsOf({ endpoint: _, client: __, grant: ___, times: ____, ...rest }: Rule): Faults {
  return rest;
}

export const behaviourSchema = v.strictObject(
  {
    ...settings,
    /** If several rules apply to a request and set the same member, the first one decides. */
    rules: v.exactOptional(v.array(ruleSchema, 'must be a list of rules')),
  },
  ({ expected, path }) =>
    expected === 'Object'
      ? 'must be an object'
      : `is not a setting${didYouMean(path?.at(-1)?.key, ['rules', ...Object.keys(settings)])}`,
);

/** The differences from the behaviour of IAM, as configured. */
export type BehaviourInput = Readonly<v.InferInput<typeof behaviourSchema>>;
/** The complete behaviour: all settings, and the rules. */
export type BehaviourSettings = Required<BehaviourInput>;

/** Checks a behaviour. @throws Error that names the invalid member */
export function parseBehaviour(input: unknown): BehaviourInput {
  // For valibot a list is an object, too.
  const result = v.safeParse(behaviourSchema, Array.isArray(input) ? null : input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${v.getDotPath(issue) ?? 'behaviour'} ${issue.message}`);
}
