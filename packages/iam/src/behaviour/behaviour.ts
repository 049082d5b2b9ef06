import { DEVICE_CODE } from '../grants/names.ts';
import {
  type BehaviourInput,
  type BehaviourSettings,
  type Faults,
  faultsOf,
  parseBehaviour,
  type Rule,
} from './rules.ts';
import { iamSettings } from './settings.ts';

/** The properties of a request that filters of rules compare. */
export interface RequestFacts {
  readonly path: string;
  readonly client: string | undefined;
  readonly grant: string | undefined;
}

/** The current behaviour of an IAM. */
export class Behaviour {
  #settings: BehaviourSettings;

  constructor(settings: BehaviourInput = {}) {
    this.#settings = completed(settings);
  }

  /** The settings, and the rules with their remaining counts. */
  get settings(): BehaviourSettings {
    return this.#settings;
  }

  /** Replaces the behaviour, by default with that of IAM. @throws Error that names the invalid member */
  set(settings: unknown = {}): void {
    this.#settings = completed(settings);
  }

  /**
   * Combines all rules that apply to a request: if several set the same member, the first one decides. Counts the request for each rule
   * that sets a member that no earlier rule has set.
   */
  take(request: RequestFacts): Faults {
    let taken: Faults = {};
    const rules = this.#settings.rules.flatMap((rule) => {
      const together = isAbout(rule, request) ? combined(taken, faultsFor(rule, request)) : taken;
      if (together === taken) return [rule];
      taken = together;
      if (rule.times === undefined) return [rule];
      return rule.times > 1 ? [{ ...rule, times: rule.times - 1 }] : [];
    });
    this.#settings = { ...this.#settings, rules };
    return taken;
  }
}

function completed(settings: unknown): BehaviourSettings {
  return { ...iamSettings, rules: [], ...parseBehaviour(settings) };
}

function isAbout(rule: Rule, { path, client, grant }: RequestFacts): boolean {
  const { endpoint } = rule;
  if (endpoint !== undefined && path !== endpoint && !path.startsWith(`${endpoint}/`)) return false;
  if (rule.client !== undefined && rule.client !== client) return false;
  if (rule.grant !== undefined && rule.grant !== grant) return false;
  if (rule.poll !== undefined && grant !== DEVICE_CODE) return false;
  return rule.interval === undefined || path === '/devicecode';
}

/** What a rule does to a request, with the rest of its path after `path`. */
function faultsFor(rule: Rule, request: RequestFacts): Faults {
  const faults = faultsOf(rule);
  const below = rule.endpoint === undefined ? '' : request.path.slice(rule.endpoint.length);
  return faults.path === undefined ? faults : { ...faults, path: `${faults.path}${below}` };
}

type Members = Readonly<Record<string, unknown>>;

/** Both combined member by member, where the first decides; `first` itself if the second adds nothing. */
function combined<T extends Members>(first: T, second: Members): T {
  const changes = Object.entries(second).flatMap(([name, value]) => {
    const own = first[name];
    const both = isMembers(own) && isMembers(value) ? combined(own, value) : (own ?? value);
    return both === own ? [] : [[name, both]];
  });
  return changes.length === 0 ? first : { ...first, ...Object.fromEntries(changes) };
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
