/** What the scenarios cover: the options of the programs, and the differences that docs/compatibility.md names. */
import { readFileSync } from 'node:fs';
import type { ProgramSpec } from '../../../packages/agent/src/command-line/option-table.ts';
import { program as oidcAdd } from '../../../packages/agent/src/programs/oidc-add/command-line.ts';
import { program as oidcAgent } from '../../../packages/agent/src/programs/oidc-agent/command-line.ts';
import { program as oidcGen } from '../../../packages/agent/src/programs/oidc-gen/command-line.ts';
import { program as oidcToken } from '../../../packages/agent/src/programs/oidc-token/command-line.ts';
import type { Scenario } from './scenario.ts';

export const programs: readonly ProgramSpec[] = [oidcAgent, oidcGen, oidcAdd, oidcToken];

/** The long names of the options that a program has and no scenario uses. */
export function unusedOptions(program: ProgramSpec, scenarios: readonly Scenario[]): string[] {
  const used = new Set(scenarios.flatMap(({ run, agent = [] }) => optionsIn(program.name, run, agent)));
  return Object.values(program.options)
    .flatMap(Object.entries)
    .filter(([, { hidden, unavailable }]) => !hidden && unavailable === undefined)
    .flatMap(([name, { aliases = [] }]) => [name, ...aliases].map((long) => `--${long}`))
    .filter((option) => !used.has(option));
}

/** The options behind the name of a program, up to the end of its command or to another program. */
function optionsIn(program: string, run: Scenario['run'], agent: readonly string[]): string[] {
  const used = program === 'oidc-agent' ? [...agent] : [];
  for (const step of run) {
    let current: string | undefined;
    for (const word of (typeof step === 'string' ? step : step.line).split(/\s+/)) {
      const bare = word.replace(/^["'$(`]+|["');|&`]+$/g, '');
      if (programs.some(({ name }) => name === bare)) current = bare;
      else if (current === program) used.push(word);
      if (/[;|&)]["']*$/.test(word)) current = undefined;
    }
  }
  return used.flatMap((word) => word.match(/^--[\w-]+/) ?? []);
}

const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

/** The differences that docs/compatibility.md has a name for, which is in brackets at the beginning of a line. */
export const namedDifferences: ReadonlySet<string> = new Set(
  [...page.matchAll(/^\| \[([\w-]+)\] /gm)].flatMap(([, name = '']) => name),
);

/** The options of a program that docs/compatibility.md lists because they do more than those of the C suite. */
export function listedOptions(program: string): string[] {
  const section = page.split(/^### /m).find((part) => part.startsWith(`${program}\n`)) ?? '';
  return [...section.matchAll(/^\| (`-.*?) \| /gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(--[\w-]+)`/g)].map(([, option = '']) => option),
  );
}
