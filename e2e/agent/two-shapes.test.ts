/**
 * A property: whatever happens, an agent that sleeps (docs/sleeping-agent.md) answers as one that never does.
 *
 * `npm run two-shapes` tries for JETON_MINUTES; JETON_SEED chooses the scripts.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { hasSettableClock, Programs } from './two-shapes/programs.ts';
import { type Step, World } from './two-shapes/world.ts';

/** CI tries the same scripts each time; `npm run two-shapes` tries others each time. */
const { JETON_MINUTES: minutes, JETON_SEED: seed } = process.env;
const choice =
  minutes === undefined
    ? { numRuns: 3, seed: 1, endOnFailure: true }
    : {
        numRuns: 1_000_000,
        endOnFailure: true,
        interruptAfterTimeLimit: Number(minutes) * 60_000,
        ...(seed !== undefined && { seed: Number(seed) }),
      };

/** How a client asks; members of the group ask for less. */
const manner = fc.record({
  isEncrypted: fc.boolean(),
  isMember: fc.constantFrom(false, false, false, true),
});

const token = fc
  .record({
    whose: fc.constantFrom(...[{ account: 'a' }, { account: 'a' }, { account: 'b' }, { account: 'none' }], {
      issuer: 'https://issuer/',
    }),
    scope: fc.constantFrom(
      ...[undefined, undefined, '', 'storage.read:/', 'of.no.login'],
      ...['compute.read storage.read:/', ' storage.read:/  compute.read'],
    ),
    audience: fc.constantFrom(undefined, undefined, undefined, 'x', 'x y', 'y  x'),
    min_valid_period: fc.constantFrom(undefined, undefined, 0, 60, 1800, 5000, -1),
    has_terminal: fc.constantFrom(undefined, undefined, false, true),
    application_hint: fc.constantFrom(undefined, 'a test'),
    isBurst: fc.constantFrom(false, false, false, true),
    manner,
  })
  .map(({ whose, isBurst, manner, ...others }): Step => {
    const { min_valid_period: minValid = 0 } = others;
    // Of several requests that need a new token, chance decides how many share one.
    const times = isBurst && minValid >= 0 && minValid < 3600 ? 5 : 1;
    return { do: 'ask', request: { request: 'access_token', ...whose, ...others }, times, ...manner };
  });

const ask = (request: string, others: object = {}): Step => ({ do: 'ask', request: { request, ...others } });
const password = 'sesame';
/** Each of these steps in any manner. */
const anyhow = (...steps: Step[]) =>
  fc.record({ step: fc.constantFrom(...steps), manner }).map(({ step, manner }) => ({ ...step, ...manner }));

/** A kill of the Node program while it does something. */
const killed = fc.oneof(
  fc.record({
    do: fc.constant('kill Node during' as const),
    request: fc.oneof(
      fc.constantFrom(
        { request: 'lock', password },
        { request: 'unlock', password },
        { request: 'remove', account: 'a' },
        { request: 'remove_all' },
        { request: 'file_remove', filename: 'x' },
      ),
      fc.nat().map((data) => ({ request: 'file_write', filename: 'x', data: `${data}` })),
    ),
    after: fc.nat(400),
  }),
  fc.record({
    do: fc.constant('kill Node at the issuer' as const),
    account: fc.constantFrom('a', 'b'),
    doing: fc.constantFrom('load' as const, 'ask' as const),
  }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: token },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('load' as const),
      account: fc.constantFrom('a', 'b'),
      options: fc.constantFrom({}, {}, { lifetime: 3000 }, { lifetime: 9000 }, { confirm: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.boolean().map((isWilling): Step => ({ do: 'decide', isWilling })) },
  {
    weight: 8,
    arbitrary: anyhow(
      ask('remove', { account: 'a' }),
      ask('remove_all'),
      ask('lock', { password }),
      ...[ask('unlock', { password }), ask('unlock', { password }), ask('unlock', { password })],
      ask('unlock', { password: 'wrong' }),
      ask('file_write', { filename: 'x', data: 'some' }),
      ask('file_read', { filename: 'x' }),
      ask('file_remove', { filename: 'x' }),
    ),
  },
  {
    weight: 6,
    arbitrary: anyhow(ask('loaded_accounts'), ask('status_json'), ask('check'), ask('check', { pid: 1 })),
  },
  { weight: 12, arbitrary: fc.constantFrom<Step>({ do: 'sleep' }, { do: 'sleep' }, { do: 'kill Node' }) },
  { weight: 3, arbitrary: killed },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'kill the agent' }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(-7200, -600, 0, 1200, 2700, 3500, 4000, 86_400)
      .map((ahead): Step => ({ do: 'set the clock', ahead })),
  },
);
const begin: Step[] = [
  { do: 'load', account: 'a' },
  { do: 'load', account: 'b' },
];

describe.skipIf(!hasSettableClock)('an agent that sleeps (scripts/build-native.js --checked)', () => {
  let programs: Programs;
  beforeAll(() => {
    programs = new Programs();
  });
  afterAll(() => programs.remove());

  it('answers as one that never does', async (context) => {
    let scriptsTried = 0;
    let stepsDone = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('0', '0.2'),
        fc.array(step, { minLength: 10, maxLength: 25 }),
        async (sleepAfter, script) => {
          const world = await World.begin(programs, sleepAfter);
          try {
            for (const step of [...begin, ...script]) {
              await world.do(step);
              stepsDone += 1;
            }
            await world.finish();
            scriptsTried += 1;
          } finally {
            await world.close();
          }
        },
      ),
      choice,
    );
    await context.annotate(`${scriptsTried} scripts of ${stepsDone} steps together`);
  });
});
