import { type BehaviourInput, parseBehaviour } from './rules.ts';
import { settings } from './settings.ts';

/**
 * Reads the arguments of --behave, each a list `name=value,name=value`: a rule, or settings. They override `base`.
 * @throws Error that names the argument and its mistake
 */
export function parseBehaviourWords(words: readonly string[], base: BehaviourInput = {}): BehaviourInput {
  const given: Record<string, unknown> = {};
  const rules: unknown[] = [];
  for (const word of words) {
    const members = membersOf(word);
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

const NUMBERS = [
  'clock',
  'grace',
  'times',
  'delay_before',
  'delay_after',
  'status',
  'success_status',
  'interval',
];
/** Members whose values may be numbers or text. */
const MIXED = ['add', 'refuse', 'errors'];

type Members = { [name: string]: string | number | Members };

/** `a=1,b.c=x` is `{a: 1, b: {c: 'x'}}`. */
function membersOf(word: string): Members {
  const members: Members = {};
  for (const text of word.split(',')) {
    const at = text.indexOf('=');
    const path = pathOf(text.slice(0, at === -1 ? undefined : at).trim());
    const value = at === -1 ? '' : text.slice(at + 1).trim();
    let place = members;
    for (const name of path.slice(0, -1)) {
      const inner = place[name];
      place = place[name] = typeof inner === 'object' ? inner : {};
    }
    const isNumber = NUMBERS.includes(path.join('.')) || MIXED.includes(path[0] ?? '');
    place[path.at(-1) ?? ''] =
      isNumber && value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
  }
  return members;
}

/** Splits a name at its dots. The names of scopes and members may contain dots. */
function pathOf(name: string): string[] {
  const [first = '', ...rest] = name.split('.');
  if (rest.length === 0) return [name];
  if (first !== 'errors') return [first, rest.join('.')];
  const [error = '', ...member] = rest;
  return [first, error, member.join('.')];
}
