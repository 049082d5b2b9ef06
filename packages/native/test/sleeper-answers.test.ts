/**
 * A sleeping agent answers a request as the Node program would, or leaves it to that. The requests are made up here, and by libFuzzer
 * where it has run (npm run fuzz).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRequest } from '@jeton/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { accountFromJson } from '../../agent/src/accounts/account.ts';
import { systemClock } from '../../agent/src/concurrency/clock.ts';
import {
  type SerializedAccount,
  serializeAccounts,
} from '../../agent/src/daemon/accounts/serialized-account.ts';
import { readyFrames } from '../../agent/src/daemon/process/ready-frames.ts';
import { Handlers } from '../../agent/src/daemon/requests/handlers.ts';
import type { AgentSettings } from '../../agent/src/daemon/settings.ts';
import { admit, groupDoor, ownerDoor } from '../../agent/src/daemon/socket/door.ts';
import { Secret } from '../../agent/src/secret.ts';
import { FirstMessageReader } from '../../protocol/src/framing.ts';
import { compileAnswers, SleepingAgent } from './compiled-answers.ts';
import { damagedBytesOf, type Member, write } from './inputs.ts';

const RUNS = Number(process.env.JETON_RUNS ?? 1000);
const corpus = join(import.meta.dirname, '../../../node_modules/.cache/fuzz/corpus/sleeper');
const doors = [ownerDoor, groupDoor('group')];
/** Seconds since the epoch. */
const BEGIN = 1_800_000_000;
const DAY = 86_400;

const settings: AgentSettings = {
  socketPaths: ['/nowhere'],
  socketCheckSeconds: 60,
  lifetime: 0,
  autoload: false,
  alwaysAllowIdToken: false,
  webserver: false,
  customScheme: false,
  console: false,
};

let module: object;
let handlers: Handlers;

beforeAll(async () => {
  module = await compileAnswers();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'hrtime'], now: BEGIN * 1000 });
  handlers = agentWithTokens();
});
afterAll(async () => {
  vi.useRealTimers();
  await handlers.close();
});

/** An agent that holds accounts with tokens of all kinds, for a minute, ten minutes or an hour. */
function agentWithTokens(): Handlers {
  const token = (accessToken: string, seconds: number, parameters: object = {}, remarks: string[] = []) => ({
    parameters,
    token: { accessToken: new Secret(accessToken), expiresAt: BEGIN + seconds, idToken: undefined, remarks },
    ends: { wall: BEGIN + seconds, steady: systemClock.steady() + seconds },
    renewal: { lifetime: seconds, wanted: false, ahead: 5, failures: 0, notBefore: 0, isDone: true },
  });
  const account = (
    name: string,
    issuer: string,
    tokens: ReturnType<typeof token>[],
    others: object = {},
  ) => ({
    account: accountFromJson({
      name,
      issuer_url: issuer,
      client_id: 'client',
      refresh_token: `refresh-${name}`,
      ...others,
    }),
    origin: undefined,
    access: { inMemoryOnly: true },
    loadedAt: BEGIN * 1000,
    ends: undefined,
    alwaysAllowIdToken: false,
    confirm: false,
    tokens,
  });
  const accounts: SerializedAccount[] = [
    account('wlcg', 'https://issuer/', [
      token('first', 3600),
      token('narrow', 60, { scope: 'a b', audience: 'y x' }),
      token('remarkable', 3600, { scope: 'c' }, ['this token is less than what was asked for']),
      token('for all', 600, { audience: 'x' }),
    ]),
    account('ü "\\', 'https://other.example', [token('other', 600)], {
      client_secret: 'secret',
      client_secret_expires_at: BEGIN + 3 * DAY,
    }),
    account('three', 'https://shared.example/a', [token('three', 600)]),
    { ...account('four', 'https://shared.example/a/', [token('four', 600)]), confirm: true },
  ];
  const agent = new Handlers(settings);
  const state = { ...JSON.parse(agent.snapshot() ?? ''), accounts: serializeAccounts(accounts) };
  agent.resume(JSON.stringify(state), new Set());
  return agent;
}

/** The answer of the Node program; something else where it would have to ask an issuer or a user. */
async function nodesAnswer(bytes: Uint8Array, door: number): Promise<string | undefined> {
  const visitor = { gone: new AbortController().signal, door: doors[door] ?? ownerDoor };
  try {
    const message = new FirstMessageReader().push(bytes);
    if (message?.form !== 'plaintext') return undefined;
    const request = parseRequest(message.text, (name) => admit(name, visitor.door));
    const answer = handlers.handle(request, visitor);
    // What is ready needs no turn of the event loop.
    const late = new Promise((resolve) => setImmediate(resolve, 'not ready'));
    return JSON.stringify(await Promise.race([answer, late]));
  } catch (error) {
    return String(error);
  }
}

function fallAsleep(): SleepingAgent {
  return new SleepingAgent(module, Buffer.concat(readyFrames(handlers.ready())));
}

/** Asks both. @returns whether the sleeping agent has answered */
async function compare(
  agent: SleepingAgent,
  bytes: Uint8Array,
  { door = 0, at = bytes.length, elapsed = 0 } = {},
): Promise<boolean> {
  vi.setSystemTime((BEGIN + elapsed) * 1000);
  const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
  const answer = agent.answer(pieces, door, systemClock.wall(), systemClock.steady());
  if (answer === undefined) return false;
  expect(withSortedTokens(answer)).toBe(withSortedTokens((await nodesAnswer(bytes, door)) ?? ''));
  return true;
}

/** The status lists the token that was used last at the end, which the sleeping agent does not keep track of. */
function withSortedTokens(answer: string): string {
  const lists = /"tokens":\[(.*?)\]/g;
  return answer.replace(lists, (_, tokens: string) => `"tokens":[${tokens.split(/(?<=}),/).sort()}]`);
}

const one = (...values: readonly unknown[]) => fc.constantFrom(...values);
const absent = one(null, '', 'null', '(null)');
const words = fc
  .array(fc.constantFrom('a', 'b', 'c', 'x', 'y', 'a', 'b', 'ü', '😀', '', '\u00a0', '\t'), { maxLength: 4 })
  .map((parts) => parts.join(' '));
const member = (name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Member> =>
  value.map((given) => [name, given]);
const account = member(
  'account',
  fc.oneof(one('wlcg', 'ü "\\', 'three', 'four', 'none', 'wlcg\n', 5), absent),
);
const issuer = member(
  'issuer',
  fc.oneof(
    one('https://issuer', 'https://issuer/', 'https://other.example/', 'https://shared.example/a', '/'),
    one(
      'HTTPS://ISSUER',
      ' https://issuer',
      'https://issuer//',
      'https://issuer/.well-known/openid-configuration',
    ),
    absent,
  ),
);
const optional = fc.oneof(
  member(
    'min_valid_period',
    one(0, 1, 59, 60, 599, '60', 3599, -1, 1.5, '', true, null, '1e2', ' 5', 2 ** 60),
  ),
  member('has_terminal', one(0, 1, '1', true, 2, null, 1.0)),
  member('application_hint', one('x', null, 7, {})),
  { weight: 3, arbitrary: member('scope', words) },
  { weight: 3, arbitrary: member('audience', words) },
  member('scope', one('b  a', 'a b', 'a a b', null, 1, [])),
  member('audience', one('x y', 'y x', 'x', null, false)),
  member('pid', one(0, 1, '1', true, null)),
  member('other', fc.jsonValue({ maxDepth: 2 })),
  member('__proto__', one('x', null)),
);
const name = member(
  'request',
  fc.oneof(
    { weight: 6, arbitrary: one('access_token') },
    one('check', 'loaded_accounts', 'status_json', 'status', 'id_token', 'Check', null),
  ),
);
/** One that is ready in most cases. */
const usual = fc.tuple(
  member('request', one('access_token')),
  fc.oneof(
    member('account', one('wlcg', 'ü "\\', 'three')),
    member('issuer', one('https://issuer', 'https://other.example/')),
  ),
  fc.oneof(
    member('min_valid_period', one(0, 1, 59, '60', null)),
    member('has_terminal', one(0, 1)),
    member('application_hint', one('x', null)),
    member('audience', one('x', ' x  x', null)),
  ),
);
const short = fc.oneof(
  member('request', one('check', 'loaded_accounts', 'status_json', 'status')).map((given) => [given]),
  fc.tuple(member('request', one('check')), member('pid', one(1, '1', 0, 2))),
);
const any = fc
  .tuple(name, fc.oneof(account, issuer), fc.array(fc.oneof(optional, account, issuer), { maxLength: 3 }))
  .map(([request, of, others]) => [request, of, ...others]);
/** The dice that `write` throws: with low ones it writes as programs do. */
const throws = fc.oneof(
  { weight: 3, arbitrary: fc.constant([0]) },
  fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 40 }),
);
const requestText = fc
  .tuple(fc.oneof<fc.Arbitrary<readonly Member[]>[]>(usual, short, any), throws)
  .chain(([given, dice]) =>
    fc.shuffledSubarray([...given], { minLength: given.length }).map((members) => write(members, dice)),
  );
const requestBytes = fc.oneof(
  { weight: 5, arbitrary: requestText.map((json) => Buffer.from(json)) },
  { weight: 1, arbitrary: damagedBytesOf(requestText) },
  { weight: 1, arbitrary: requestText.map((json) => Buffer.from(`\0 \n${json}{}`)) },
);
const question = fc.record({
  bytes: requestBytes,
  door: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1)),
  at: fc.oneof({ weight: 3, arbitrary: fc.constant(1e6) }, fc.nat({ max: 80 })),
  elapsed: fc.constantFrom(0, 0, 0.5, 1, 59.9, 60, 500, 600, 3599, 3600, -100),
});

it('answers as the Node program, or not at all', { timeout: 3_600_000 }, async () => {
  const answered = { of: 0, count: 0, tokens: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 5 }), async (questions) => {
      vi.setSystemTime(BEGIN * 1000);
      const agent = fallAsleep();
      for (const { bytes, ...others } of questions) {
        const isAnswered = await compare(agent, bytes, others);
        answered.of += 1;
        if (isAnswered) answered.count += 1;
        if (isAnswered && bytes.includes('access_token')) answered.tokens += 1;
      }
    }),
    { numRuns: RUNS },
  );
  // One that leaves everything to Node makes no mistake, either.
  expect(answered.count / answered.of).toBeGreaterThan(0.2);
  expect(answered.tokens / answered.of).toBeGreaterThan(0.05);
});

it.skipIf(!existsSync(corpus))(
  'answers what libFuzzer has made up as the Node program, or not at all',
  async () => {
    for (const file of readdirSync(corpus)) {
      const input = readFileSync(join(corpus, file));
      const [door = 0, cut = 0, tens = 0, share = 0] = input;
      const rest = input.subarray(4);
      const bytes = rest.subarray(Math.floor((rest.length * (share % 16)) / 16));
      const at = Math.floor((bytes.length * cut) / 255);
      vi.setSystemTime(BEGIN * 1000);
      await compare(fallAsleep(), bytes, { door: door % doors.length, at, elapsed: tens * 10 });
    }
  },
);
