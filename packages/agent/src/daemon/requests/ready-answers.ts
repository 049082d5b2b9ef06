/**
 * What the agent leaves behind when it goes to sleep (docs/sleeping-agent.md): the answers that can be given without Node, for how long and
 * by which doors, and when there is something to do again.
 */
import { clientSecretExpiry } from '../../accounts/secret-expiry.ts';
import { type Deadline, deadlineIn, secondsUntil, systemClock } from '../../concurrency/clock.ts';
import { isMeant } from '../../oauth/issuer/issuer-url.ts';
import { keptTokens } from '../accounts/kept-tokens.ts';
import type { LoadedAccount } from '../accounts/loaded-account.ts';
import { agentLocked } from '../agent-lock/agent-lock.ts';
import { cacheKey, type Renewal } from '../grant/cache/token-cache.ts';
import { CLIENT_SECRET_WARNING_SECONDS } from '../grant/refresh/refresh-errors.ts';
import type { AgentSettings } from '../settings.ts';
import { failureAnswer } from '../socket/connection.ts';
import { doorBits, EVERY_DOOR } from '../socket/door-number.ts';
import { statusJson } from './status.ts';
import { answerWith } from './token-requests.ts';

/** A token that is ready. */
export interface ReadyToken {
  readonly account: string;
  /** Undefined if another loaded account has the same issuer: then no client may ask by the issuer. */
  readonly issuer: string | undefined;
  /** See `cacheKey`. */
  readonly key: string;
  /** See `doorBits`. */
  readonly doors: number;
  /** Whether a client at a terminal gets the same answer. */
  readonly isForTerminals: boolean;
  readonly ends: Deadline;
  readonly renewal: Renewal;
  /** When the account's lifetime is over: from then on the agent does not give out the token, even if Node does not start. */
  readonly leaves: Deadline;
  readonly answer: string;
}

/** The answer to all requests of a kind, for which no token is ready. */
export interface ReadyAnswer {
  readonly request: 'loaded_accounts' | 'status_json' | 'access_token';
  /** See `doorBits`. */
  readonly doors: number;
  /** Whether it holds only until another token is used. */
  readonly endsWithUse: boolean;
  readonly ends: Deadline;
  readonly answer: string;
}

export interface ReadyAnswers {
  readonly tokens: readonly ReadyToken[];
  readonly answers: readonly ReadyAnswer[];
  /** When there is something to do. */
  readonly wakeAt: Deadline;
  /** Whether the agent has to be awake when it ends, to look whether an older copy of a file was restored. */
  readonly endsAwake: boolean;
}

/** Seconds that Node gets to start, and to load what it needs, before a token is to be renewed. */
export const WAKE_AHEAD_SECONDS = 2;

const NEVER: Deadline = { wall: Number.POSITIVE_INFINITY, steady: Number.POSITIVE_INFINITY };

/** @param loaded undefined for a locked agent */
export function readyAnswers(
  loaded: readonly LoadedAccount[] | undefined,
  settings: AgentSettings,
): ReadyAnswers {
  if (loaded === undefined) return { tokens: [], answers: whenLocked(), wakeAt: NEVER, endsAwake: false };
  const now = { wall: systemClock.wall(), steady: systemClock.steady() };
  const clock = { wall: () => now.wall, steady: () => now.steady };
  const ends = loaded.flatMap((account) => account.ends ?? []);
  const renewals = loaded.flatMap(({ grant }) => grant.nextRenewalIn ?? []);
  const tokenEnds = loaded.flatMap(({ grant }) => grant.remains.tokens.map(({ ends }) => ends));
  const info = loaded.map(({ grant }) => grant.account.name);
  return {
    tokens: loaded.flatMap((account) => tokensOf(account, loaded, clock)),
    answers: [
      {
        request: 'loaded_accounts',
        doors: EVERY_DOOR,
        endsWithUse: false,
        ends: ends.reduce(sooner, NEVER),
        answer: JSON.stringify({ status: 'success', info }),
      },
      {
        request: 'status_json',
        doors: doorBits.owner,
        // It says when each token that is used will be renewed.
        endsWithUse: true,
        ends: [...ends, ...tokenEnds].filter((end) => secondsUntil(end, clock) > 0).reduce(sooner, NEVER),
        answer: JSON.stringify({ status: 'success', info: statusJson(settings, loaded) }),
      },
    ],
    wakeAt: [...ends, ...renewals.map((seconds) => deadlineIn(seconds - WAKE_AHEAD_SECONDS, clock))].reduce(
      sooner,
      NEVER,
    ),
    endsAwake: loaded.some(({ grant }) => grant.account.replaced_refresh_tokens !== undefined),
  };
}

function whenLocked(): ReadyAnswer[] {
  const refusal = (request: ReadyAnswer['request'], doors: number): ReadyAnswer => ({
    request,
    doors,
    endsWithUse: false,
    ends: NEVER,
    answer: JSON.stringify(failureAnswer(agentLocked(), request)),
  });
  return [
    refusal('access_token', EVERY_DOOR),
    refusal('loaded_accounts', EVERY_DOOR),
    refusal('status_json', doorBits.owner),
  ];
}

function tokensOf(
  account: LoadedAccount,
  loaded: readonly LoadedAccount[],
  clock: Parameters<typeof secondsUntil>[1],
): ReadyToken[] {
  const { grant, confirm } = account;
  const { name, issuer_url } = grant.account;
  if (confirm || grant.saveFailure !== undefined) return [];
  const isOnly = !loaded.some(
    (other) => other !== account && isMeant(other.grant.account.issuer_url, issuer_url),
  );
  const secretEnds = clientSecretExpiry(grant.account) ?? Number.POSITIVE_INFINITY;
  const tokens = grant.remains.tokens.flatMap(({ parameters, token, ends, renewal }) => {
    if (renewal === undefined || secondsUntil(ends, clock) <= 0) return [];
    const answer = answerWith(account, token, {
      request: 'access_token',
      account: name,
      has_terminal: false,
    });
    if ('info' in answer) return [];
    return [
      {
        account: name,
        issuer: isOnly ? issuer_url : undefined,
        key: cacheKey(parameters),
        doors: EVERY_DOOR,
        isForTerminals: secretEnds - CLIENT_SECRET_WARNING_SECONDS > ends.wall,
        ends,
        renewal,
        leaves: account.ends ?? NEVER,
        answer: JSON.stringify(answer),
      },
    ];
  });
  return keptTokens(tokens, ({ answer }) => answer.length, loaded.length);
}

/** The one that comes first on each of the clocks. */
function sooner(one: Deadline, other: Deadline): Deadline {
  return { wall: Math.min(one.wall, other.wall), steady: Math.min(one.steady, other.steady) };
}
