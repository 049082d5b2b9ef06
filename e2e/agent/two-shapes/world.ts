/** Two agents at which the same happens: one that sleeps, and one that never does. Their answers must be the same. */
import { AgentError } from '@jeton/client';
import type { Answer } from '@jeton/protocol';
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import type { Programs } from './programs.ts';
import { type Manner, Side } from './side.ts';

type AnyRequest = Readonly<Record<string, unknown>>;

/** What happens to both. */
export type Step =
  | ({ readonly do: 'ask'; readonly request: AnyRequest; readonly times?: number } & Manner)
  | { readonly do: 'load'; readonly account: string; readonly options?: object }
  | { readonly do: 'decide'; readonly isWilling: boolean }
  | { readonly do: 'set the clock'; readonly ahead: number }
  | { readonly do: 'sleep' }
  | { readonly do: 'kill Node' }
  /** Milliseconds after the request was sent; or when it has had the agent ask the issuer. */
  | { readonly do: 'kill Node during'; readonly request: AnyRequest; readonly after: number }
  | { readonly do: 'kill Node at the issuer'; readonly account: string; readonly doing: 'load' | 'ask' }
  | { readonly do: 'kill the agent' };

/** A Node program is renewed before this share of its token's life is left (refresh-ahead.ts), or a little more on a slow machine. */
const RENEWAL_SHARE = 0.31;
const LIFETIME_SECONDS = 3600;
/** Kills of a Node program within a minute before the agent starts no further one. */
const MOST_KILLS = 4;
/** Wrong passwords for a locked agent: each is answered later than the one before. */
const MOST_GUESSES = 3;

/** What tells whether an agent has done a request. */
const PROBES = [{ request: 'loaded_accounts' }, { request: 'file_read', filename: 'x' }];

/** The last token that an agent gave for one set of parameters. */
interface LastToken {
  readonly token: string;
  readonly expiresAt: number;
  /** Whether it may have been renewed without a request: its clock has been near its end. */
  mayBeRenewed: boolean;
}

/** An agent, and what it has given so far. */
class Witness {
  readonly side: Side;
  readonly #last = new Map<string, LastToken>();

  constructor(side: Side) {
    this.side = side;
  }

  /** Does a step, of those that both agents do alike. @returns what was seen, without all that differs between two agents */
  async do(step: Step): Promise<unknown> {
    const { side } = this;
    if (step.do === 'sleep') return await side.asleep();
    if (step.do === 'kill Node') return await side.killNode();
    if (step.do === 'kill the agent') {
      this.#last.clear();
      return await side.killAgent();
    }
    if (step.do === 'set the clock') {
      side.setClock(step.ahead);
      for (const last of this.#last.values()) {
        last.mayBeRenewed ||= last.expiresAt - side.now < RENEWAL_SHARE * LIFETIME_SECONDS;
      }
      return undefined;
    }
    if (step.do === 'decide') return side.decide(step.isWilling);
    if (step.do === 'load') {
      return await side.load(step.account, step.options ?? {}).catch((error: unknown) => {
        if (!(error instanceof AgentError)) throw error;
        return this.#comparable({ error: error.message, info: error.info });
      });
    }
    if (step.do !== 'ask') throw new Error(`both do not ${step.do}`);
    const { request, times = 1, ...manner } = step;
    const answers = await Promise.all(Array.from({ length: times }, () => side.ask(request, manner)));
    return answers.map((answer) => this.#seen(request, answer));
  }

  /** What tells whether this agent has done a request. */
  async state(): Promise<unknown> {
    const seen = [];
    for (const request of PROBES) seen.push(this.#comparable(await this.side.ask(request)));
    return seen;
  }

  #seen(request: AnyRequest, answer: Answer): unknown {
    if (!('access_token' in answer)) return this.#comparable(answer);
    const { access_token: token, expires_at: expiresAt = 0, ...others } = answer;
    const { client_id: account, scope, aud } = decodeJwt(token);
    const { min_valid_period: minValid = 0 } = request;
    const left = expiresAt - this.side.now;
    expect(left).toBeLessThanOrEqual(LIFETIME_SECONDS + 1);
    // Of a token that the issuer has just given for less than was asked for, the answer says so.
    if (others.info === undefined) expect(left).toBeGreaterThan(Number(minValid) - 2);
    const key = JSON.stringify([account, sorted(request.scope), sorted(request.audience)]);
    const last = this.#last.get(key);
    const isNew = last?.token !== token;
    if (isNew) this.#last.set(key, { token, expiresAt, mayBeRenewed: false });
    const age = last?.mayBeRenewed ? 'perhaps renewed' : isNew ? 'new' : 'the same';
    if (!isNew && last?.mayBeRenewed) last.mayBeRenewed = left < RENEWAL_SHARE * LIFETIME_SECONDS;
    return this.#comparable({ ...others, account, scope: sorted(scope), aud, age });
  }

  #comparable(seen: object): unknown {
    return JSON.parse(
      JSON.stringify(seen)
        .replaceAll(this.side.iam.issuer, 'https://issuer/')
        .replaceAll(this.side.folder, '/folder')
        .replaceAll(/valid for \d+ s/g, 'valid for some time'),
      (name, value: unknown) => {
        // How often Node died, the plan of a renewal, which chance decides, and what a Node program has learned since it last slept.
        if (['pid', 'deaths', 'renewed_at'].includes(name)) return undefined;
        return typeof value === 'number' && value > 1e9 ? 'a time' : value;
      },
    );
  }
}

function sorted(words: unknown): string {
  return [...new Set(String(words ?? '').split(' '))].sort().join(' ').trim();
}

export class World {
  readonly #never: Witness;
  readonly #sleeping: Witness;
  #kills = 0;
  #guesses = 0;

  private constructor(never: Side, sleeping: Side) {
    this.#never = new Witness(never);
    this.#sleeping = new Witness(sleeping);
  }

  /** @param sleepAfter seconds */
  static async begin(programs: Programs, sleepAfter: string): Promise<World> {
    const [never, sleeping] = await Promise.all([
      Side.start(programs, 'never'),
      Side.start(programs, sleepAfter),
    ]);
    return new World(never, sleeping);
  }

  /** Does a step at both. @throws if it is not seen alike */
  async do(step: Step): Promise<void> {
    if (step.do.startsWith('kill Node')) {
      this.#kills += 1;
      if (this.#kills > MOST_KILLS) return;
    }
    if (step.do === 'kill Node during') return await this.#killDuring(step.request, step.after);
    if (step.do === 'kill Node at the issuer') return await this.#killAtIssuer(step.account, step.doing);
    if (step.do === 'ask' && step.request.password === 'wrong') {
      this.#guesses += 1;
      if (this.#guesses > MOST_GUESSES) return;
    }
    const never = await this.#never.do(step);
    const sleeping = await this.#sleeping.do(step);
    expect(sleeping).toEqual(never);
  }

  /** Has the Node program killed while it does a request: afterwards it has done it, or it has not. */
  async #killDuring(request: AnyRequest, after: number): Promise<void> {
    const { side } = this.#sleeping;
    const before = await this.#sleeping.state();
    await side.killNodeDuring(() => side.ask(request), after);
    const state = await this.#sleeping.state();
    if (JSON.stringify(state) !== JSON.stringify(before)) await this.#never.side.ask(request);
    expect(state).toEqual(await this.#never.state());
  }

  /** ... when it has asked the issuer, which does not get to know of it; an account may have been loaded by then. */
  async #killAtIssuer(account: string, doing: 'load' | 'ask'): Promise<void> {
    const request = { request: 'access_token', account, min_valid_period: -1 };
    const work = (side: Side) => (doing === 'load' ? side.load(account, {}) : side.ask(request));
    const { side } = this.#sleeping;
    const before = await this.#sleeping.state();
    const hasAsked = await side.killNodeAtIssuer(() => work(side), account);
    const state = await this.#sleeping.state();
    const hasHappened = !hasAsked || JSON.stringify(state) !== JSON.stringify(before);
    if (hasHappened) await work(this.#never.side).catch(() => undefined);
    expect(state).toEqual(await this.#never.state());
    // An account that the killed program had loaded has no first token, which would be missing from the status.
    const first = { request: 'access_token', account };
    if (doing === 'load') for (const each of [this.#never.side, side]) await each.ask(first);
  }

  async finish(): Promise<void> {
    for (const { side } of [this.#never, this.#sleeping]) await side.finish();
  }

  async close(): Promise<void> {
    await Promise.all([this.#never, this.#sleeping].map(({ side }) => side.close()));
  }
}
