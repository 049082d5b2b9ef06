import { DEVICE_CODE } from '../grants/names.ts';
import { type BehaviourInput, type BehaviourSettings, parseBehaviour, type Rule } from './rules.ts';

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
    this.#settings = parseBehaviour(settings);
  }

  /** What is set, with the counts of the rules as they are now. */
  get settings(): BehaviourSettings {
    return this.#settings;
  }

  /** Behaves in this way from now on; without an argument, as IAM does. @throws Error when it is not understood */
  set(settings: unknown = {}): void {
    this.#settings = parseBehaviour(settings);
  }

  /** The rule for a request, which it counts. */
  take(request: RequestFacts): Rule | undefined {
    const { rules } = this.#settings;
    const rule = rules.find((candidate) => isAbout(candidate, request));
    if (rule?.times === undefined) return rule;
    const { times } = rule;
    const rest = rules.flatMap((other) =>
      other !== rule ? [other] : times > 1 ? [{ ...rule, times: times - 1 }] : [],
    );
    this.#settings = { ...this.#settings, rules: rest };
    return rule;
  }
}

function isAbout(rule: Rule, { path, client, grant }: RequestFacts): boolean {
  const { endpoint } = rule;
  if (endpoint !== undefined && path !== endpoint && !path.startsWith(`${endpoint}/`)) return false;
  if (rule.client !== undefined && rule.client !== client) return false;
  if (rule.grant !== undefined && rule.grant !== grant) return false;
  if (rule.poll !== undefined && grant !== DEVICE_CODE) return false;
  return rule.interval === undefined || path === '/devicecode';
}
