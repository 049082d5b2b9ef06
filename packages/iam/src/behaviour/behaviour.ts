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

/** What the rules look at. */
export interface RequestFacts {
  readonly path: string;
  readonly client: string | undefined;
  readonly grant: string | undefined;
}

/** How this IAM behaves at the moment. */
export class Behaviour {
  #settings: BehaviourSettings;

  constructor(settings: BehaviourInput = {}) {
    this.#settings = completed(settings);
  }

  /** What is set, with the counts of the rules as they are now. */
  get settings(): BehaviourSettings {
    return this.#settings;
  }

  /** Behaves in this way from now on; without an argument, as IAM does. @throws Error when it is not understood */
  set(settings: unknown = {}): void {
    this.#settings = completed(settings);
  }

  /**
   * What is to happen to a request, by all rules that are about it: where several say the same, the first one decides. Counts
   * those rules that say something which no earlier one has said.
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

/** What a rule does to a request: another path keeps what is below the endpoint. */
function faultsFor(rule: Rule, request: RequestFacts): Faults {
  const faults = faultsOf(rule);
  const below = rule.endpoint === undefined ? '' : request.path.slice(rule.endpoint.length);
  return faults.path === undefined ? faults : { ...faults, path: `${faults.path}${below}` };
}

type Members = Readonly<Record<string, unknown>>;

/** Both together, of which the first one decides, member by member; `first` itself if the other one adds nothing to it. */
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
