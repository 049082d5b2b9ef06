import { defineConfig } from 'vitest/config';

/** Tests that run every build of oidc-token, or compile one: a minute by themselves. */
const native = [
  'packages/native/test/**/*.test.ts',
  'packages/agent/src/programs/oidc-token/{oidc-token,shell}.test.ts',
];

export default defineConfig({
  resolve: { conditions: ['jeton-source'] },
  ssr: { resolve: { conditions: ['jeton-source'], externalConditions: ['jeton-source'] } },
  test: {
    // All of the processors: most tests wait for another process, and two of them do so for less time than one.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts'],
          exclude: native,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: { name: 'native', include: native, testTimeout: 90_000, hookTimeout: 90_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          // Nothing takes as long; a machine may have other work.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // These tests race with real processes on machines of any load. A test that fails once and passes then is named at
          // the end of the run, as one to mend; it does not stop the work of others.
          retry: 1,
          // After the unit tests, as they share the machine with the processes that they start.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    // CI and people read the last line; see scripts/count-reporter.js.
    reporters: ['default', './scripts/count-reporter.js'],
  },
});
