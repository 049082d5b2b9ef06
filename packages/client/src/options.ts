/** How to reach an agent, and for how long to wait for it. */
export interface AgentOptions {
  /**
   * The agent's socket; by default the one that the environment variable `OIDC_SOCK` names, else the first of the usual
   * places at which an agent listens.
   */
  readonly socketPath?: string | undefined;
  /** Milliseconds for the whole request; five and a half minutes by default, as the user may have to answer the agent. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal | undefined;
}

type Check = readonly [expected: string, isRight: (value: unknown) => boolean];

/** The largest time that setTimeout takes: almost 25 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const text: Check = ['a string', (value) => typeof value === 'string'];
export const name: Check = [
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
];
export const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
export const seconds: Check = [
  'a whole number of seconds, not negative',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
];
const milliseconds: Check = [
  `a number of milliseconds between 0 and ${MAX_TIMEOUT_MS}`,
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_TIMEOUT_MS,
];
const signal: Check = ['an AbortSignal', (value) => value instanceof AbortSignal];

const agentChecks = { socketPath: name, timeoutMs: milliseconds, signal };

/**
 * Rejects mistakes of programs without types, above all an unknown name: a misspelt `scope` would give a token with
 * more rights than the program wants.
 *
 * @param of the function, for the message
 * @throws TypeError
 */
export function checkOptions(
  of: string,
  options: object,
  checks: Readonly<Record<string, Check>> = {},
): void {
  const all: Readonly<Record<string, Check>> = { ...agentChecks, ...checks };
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${of}: options have to be an object`);
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(all, option) ? all[option] : undefined;
    if (check === undefined) {
      throw new TypeError(`${of}: there is no option '${option}', only ${Object.keys(all).join(', ')}`);
    }
    const [expected, isRight] = check;
    if (value !== undefined && !isRight(value)) throw new TypeError(`${of}: ${option} has to be ${expected}`);
  }
}
