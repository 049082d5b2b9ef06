/** @import { Reporter, SerializedError, TestModule } from 'vitest/node' */

/**
 * Ends a vitest run with the names of the tests that needed a second attempt, and with the line "N passed, N failed,
 * N skipped", which CI reads.
 *
 * @implements {Reporter}
 */
export default class CountReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly SerializedError[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        count[test.result().state] += 1;
        if (test.diagnostic()?.flaky) {
          console.log(
            `passed at the second attempt: ${module.project.name} ${module.relativeModuleId} > ${test.fullName}`,
          );
        }
      }
      // A file that cannot even be loaded holds no tests to count, and is a failure all the same.
      if (tests.length === 0 && module.state() === 'failed') count.failed += 1;
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`);
  }
}
