/**
 * The same command lines with the C programs and with ours, each with either agent: what is printed, how it ends, what is
 * in the files afterwards and what the issuer was asked for is the same, but for what docs/compatibility.md says.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { hasDebianSuite } from '../support/computer/programs.ts';
import { compare } from './differential/compare.ts';
import { listedOptions, namedDifferences, programs, unusedOptions } from './differential/coverage.ts';
import { Mix } from './differential/mix.ts';
import { scenarios, since5 } from './differential/scenarios/index.ts';

describe.skipIf(!hasDebianSuite)('the C suite and ours (needs oidc-agent-cli)', () => {
  const c = new Mix('c', 'c');
  const others = [new Mix('ours', 'c'), new Mix('c', 'ours'), new Mix('ours', 'ours')];
  const shown = new Set<string>();
  let run = 0;
  afterAll(() => Promise.all([c, ...others].map((mix) => mix.close())));

  // Five scenarios run concurrently, so that no mix waits for another.
  describe.concurrent('do the same', { timeout: 600_000 }, () => {
    it.for(scenarios)('$name', async (scenario, { expect, skip }) => {
      skip(scenario.waits !== undefined, scenario.waits);
      run += 1;
      const [reference = [], ...transcripts] = await Promise.all(
        [c, ...others].map((mix) => mix.run(scenario)),
      );
      for (const [index, mix] of others.entries()) {
        const {
          actual,
          expected,
          shown: ids,
        } = compare(scenario, reference, transcripts[index] ?? [], mix.name);
        expect.soft(actual, mix.name).toBe(expected);
        for (const id of ids) shown.add(id);
      }
    });
  });

  it('differ in what docs/compatibility.md names, and all that it names shows', ({ skip }) => {
    skip(run < scenarios.length, 'not all scenarios were run');
    expect([...shown].sort()).toEqual([...namedDifferences].sort());
  });
});

/** Lines that go with every command of its kind. */
const beside =
  /^@ GET \| \/(\.well-known\/(openid-configuration|oauth-authorization-server)|jwk)$|^mode of .*: 600$|^! hint: /;

describe('ours, where oidc-agent 4 lacks the option', () => {
  const ours = new Mix('ours', 'ours');
  afterAll(() => ours.close());

  it.for(since5)('$name', async (scenario) => {
    const transcript = await ours.run(scenario);
    const lines = transcript.filter((line) => !beside.test(line));
    expect(lines.join('\n')).toBe((scenario.expected ?? []).join('\n'));
  });
});

describe('the scenarios and docs/compatibility.md', () => {
  it.for(programs)('$name: each option is used by a scenario', (program) => {
    expect(unusedOptions(program, [...scenarios, ...since5])).toEqual([]);
  });

  it.for(programs)('$name: has each option that the page lists, and lacks none of 5.3', (program) => {
    const options = Object.values(program.options).flatMap(Object.entries);
    const names = options.flatMap(([name, { aliases = [] }]) =>
      [name, ...aliases].map((long) => `--${long}`),
    );
    const listed = listedOptions(program.name);
    expect(listed).not.toEqual([]);
    expect(listed.filter((name) => !names.includes(name))).toEqual([]);
    const missing = options.filter(([, { unavailable }]) => unavailable !== undefined);
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it('there are at least 120 scenarios, each with a name of its own', () => {
    const names = [...scenarios, ...since5].map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(120);
    expect(new Set(names).size).toBe(names.length);
  });
});
