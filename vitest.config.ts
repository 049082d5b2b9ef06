import { defineConfig } from 'vitest/config';

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
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          // Nothing takes as long; a machine may have other work.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the unit tests, as they share the machine with the processes that they start.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    // CI and people read the last line; see scripts/count-reporter.js.
    reporters: ['default', './scripts/count-reporter.js'],
  },
});
