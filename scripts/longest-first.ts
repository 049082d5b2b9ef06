import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests that take a minute or more, most of it in few tests. Vitest starts with the largest files, until it knows how long
 * each takes: on a clean checkout one of these would begin when all others have ended, and have one processor work.
 */
const LONGEST = [
  'e2e/c-suite/differential.test.ts',
  'e2e/faults/never-lost.test.ts',
  'e2e/faults/killed-agents.test.ts',
  'e2e/docs/docs-commands.test.ts',
  'e2e/oidc-gen/mytoken.test.ts',
  'e2e/attacks/requests.test.ts',
  'e2e/oidc-gen/gen-clients.test.ts',
  'packages/native/test/compiled.test.ts',
  'packages/native/test/fuzz.test.ts',
  'packages/agent/src/files/lock/lock.test.ts',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((path) => moduleId.endsWith(`/${path}`));
    const sorted = await super.sort(specifications);
    return [...sorted.filter(isLong), ...sorted.filter((specification) => !isLong(specification))];
  }
}
