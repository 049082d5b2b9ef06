import * as v from 'valibot';
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

/** Which requests a rule is about; what is left out stands for all. */
const filters = {
  /** A path, with everything below it. */
  endpoint: v.optional(path),
  /** A client id. */
  client: v.optional(v.string('must be a client id')),
  /** The `grant_type` of a request to the token endpoint. */
  grant: v.optional(v.string('must be a grant type')),
  /** How many requests; then the rule is gone. */
  times: v.optional(wholeNumber(1)),
};

/** What becomes of a request that a rule is about. */
const faults = {
  /** Milliseconds to wait before the work. */
  delay_before: v.optional(milliseconds),
  /** Milliseconds to wait between the work and the answer. */
  delay_after: v.optional(milliseconds),
  /** The path whose work is done in place of that of the endpoint; what is below the endpoint is below this path. */
  path: v.optional(path),
  /** An HTTP status that is the answer instead of the work. */
  status: v.optional(statusUpTo(400, 599)),
  /** The JSON that is the answer instead of the work, and its `status` (400). */
  refuse: v.optional(errorAnswer),
  /** Closes the connection without an answer, before or after the work. */
  drop: v.optional(oneOf(['before', 'after'])),
  /** What the body is instead: a page, the first half of the JSON, nothing. */
  body: v.optional(oneOf(['html', 'half', 'empty'])),
  /** The answer to a device's poll (RFC 8628 section 3.5). */
  poll: v.optional(oneOf(OAUTH_POLL_ERRORS)),
  /** Seconds between polls, which the answer to the device gives as `interval`. */
  interval: v.optional(wholeNumber(0)),
  /** Members that are left out of a JSON answer, such as `expires_in`. */
  omit: v.optional(names),
  /** Members that a JSON answer has beside its own, or with another value. `$issuer` in a text stands for the issuer. */
  add: v.optional(members),
  /** Other names for members of a JSON answer, by their usual ones. */
  rename: v.optional(texts),
  /** Members whose number comes as text. */
  as_text: v.optional(names),
  /** Other names for the scopes in the member `scope` of a JSON answer; an empty one leaves the scope out. */
  scope_names: v.optional(texts),
  /** The status of an answer that is a success. */
  success_status: v.optional(statusUpTo(200, 299)),
  /** By its `error`, or `any`: the status of an answer that is an error, and members that it has. */
  errors: v.optional(v.record(v.string(), errorAnswer, 'must be an object of errors')),
};

export const ruleSchema = v.pipe(
  v.strictObject({ ...filters, ...faults }, ({ expected }) =>
    expected === 'Object' ? 'must be a rule' : 'is not part of a rule',
  ),
  v.check(
    (rule) => Object.keys(faults).some((fault) => fault in rule),
    `must have one of ${Object.keys(faults).join(', ')}`,
  ),
);

/** Faults, and the requests that they happen to. */
export type Rule = Readonly<v.InferOutput<typeof ruleSchema>>;
/** What happens to one request. */
export type Faults = Omit<Rule, keyof typeof filters>;

/** What a rule does, without the requests that it is about. */
export function faultsOf({ endpoint: _, client: __, grant: ___, times: ____, ...rest }: Rule): Faults {
  return rest;
}

export const behaviourSchema = v.strictObject(
  {
    ...settings,
    /** Of those that are about a request and say the same, the first one decides. */
    rules: v.exactOptional(v.array(ruleSchema, 'must be a list of rules')),
  },
  ({ expected }) => (expected === 'Object' ? 'must be an object' : 'is not a setting'),
);

/** How an IAM is to behave other than IAM does. */
export type BehaviourInput = Readonly<v.InferInput<typeof behaviourSchema>>;
/** How an IAM behaves. */
export type BehaviourSettings = Required<BehaviourInput>;

/** Reads what came over HTTP. @throws Error that names the member which is wrong */
export function parseBehaviour(input: unknown): BehaviourInput {
  // To valibot a list is an object too.
  const result = v.safeParse(behaviourSchema, Array.isArray(input) ? null : input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${v.getDotPath(issue) ?? 'behaviour'} ${issue.message}`);
}
