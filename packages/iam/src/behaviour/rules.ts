import * as v from 'valibot';

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
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);

/** Which requests a rule is about; what is left out stands for all. */
const filters = {
  /** A path, with everything below it. */
  endpoint: v.optional(
    v.pipe(v.string('must be a path'), v.startsWith('/', 'must be a path such as /token')),
  ),
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
  /** An HTTP status that is the answer instead of the work. */
  status: v.optional(v.pipe(wholeNumber(400), v.maxValue(599, 'must be a status from 400 to 599'))),
  /** Closes the connection without an answer, before or after the work. */
  drop: v.optional(oneOf(['before', 'after'])),
  /** What the body is instead: a page, the first half of the JSON, nothing. */
  body: v.optional(oneOf(['html', 'half', 'empty'])),
  /** The answer to a device's poll (RFC 8628 section 3.5). */
  poll: v.optional(oneOf(OAUTH_POLL_ERRORS)),
  /** Seconds that a device is told to wait between polls. */
  interval: v.optional(wholeNumber(0)),
  /** A member that is left out of a JSON answer, such as `expires_in`. */
  omit: v.optional(v.string('must be the name of a member')),
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

/** A fault, and the requests that it happens to. */
export type Rule = Readonly<v.InferOutput<typeof ruleSchema>>;

const settings = {
  /** Seconds by which the clock of this IAM is ahead; negative when it is behind. */
  clock: v.optional(v.pipe(v.number('must be a number of seconds'), v.finite('must be finite')), 0),
  /**
   * What a refresh does to the refresh token. `none`: it stays, as with IAM. `rotate`: a new one takes its place.
   * `detect-reuse`: and whoever uses an old one again ends the whole family (RFC 9700 section 4.14.2).
   */
  rotation: v.optional(oneOf(['none', 'rotate', 'detect-reuse']), 'none'),
  /** What a device hears after a person refused: `pending`, as with IAM, or `access_denied` (RFC 8628 section 3.5). */
  denial: v.optional(oneOf(['pending', 'access_denied']), 'pending'),
};

export const behaviourSchema = v.strictObject(
  {
    ...settings,
    /** The first one that is about a request decides it. */
    rules: v.optional(v.array(ruleSchema, 'must be a list of rules'), []),
  },
  ({ expected }) => (expected === 'Object' ? 'must be an object' : 'is not a setting'),
);

/** How an IAM behaves other than IAM does. */
export type BehaviourSettings = Readonly<v.InferOutput<typeof behaviourSchema>>;
export type BehaviourInput = Readonly<v.InferInput<typeof behaviourSchema>>;

/** Reads what came over HTTP. @throws Error that names the member which is wrong */
export function parseBehaviour(input: unknown): BehaviourSettings {
  // To valibot a list is an object too.
  const result = v.safeParse(behaviourSchema, Array.isArray(input) ? null : input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${v.getDotPath(issue) ?? 'behaviour'} ${issue.message}`);
}

/**
 * Reads the words of a command line, each a list `name=value,name=value`: a rule, or settings. All of them together
 * are one behaviour, and go before what is in `base`.
 * @throws Error that names the word and what is wrong with it
 */
export function parseBehaviourWords(words: readonly string[], base: BehaviourInput = {}): BehaviourSettings {
  const given: Record<string, unknown> = {};
  const rules: unknown[] = [];
  for (const word of words) {
    const members = Object.fromEntries(word.split(',').map(parseMember));
    const isSettings = Object.keys(members).every((name) => name in settings);
    try {
      parseBehaviour(isSettings ? members : { rules: [members] });
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^rules\.0\.?/, '') : String(error);
      throw new Error(`'${word}': ${reason.trim()}`);
    }
    if (isSettings) Object.assign(given, members);
    else rules.push(members);
  }
  return parseBehaviour({ ...base, ...given, rules: [...rules, ...(base.rules ?? [])] });
}

const NUMBERS = ['clock', 'times', 'delay_before', 'delay_after', 'status', 'interval'];

function parseMember(text: string): [string, string | number] {
  const at = text.indexOf('=');
  const name = text.slice(0, at === -1 ? undefined : at).trim();
  const value = at === -1 ? '' : text.slice(at + 1).trim();
  return [
    name,
    NUMBERS.includes(name) && value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value,
  ];
}
