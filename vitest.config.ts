import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/longest-first.ts';

/** Tests that run every build of oidc-token, or compile one: a minute by themselves. */
const native = [
  'packages/native/test/**/*.test.ts',
  'packages/agent/src/programs/oidc-token/{oidc-token,shell}.test.ts',
];

/** Tests that replace modules of Node, or read the environment when a module is loaded: they need modules of their own. */
const ownModules = ['packages/agent/src/**/{lock-file,lookup,proxy,replace-file}.test.ts'];

/** Tests of the packages that start processes: some of them take longer than all other tests of a package. */
const processes = [
  'packages/agent/src/accounts/**/{c-peer,gpg}.test.ts',
  'packages/agent/src/files/**/{lock,read-file}.test.ts',
  'packages/iam/test/{clients/oidc-agent,program/data,program/program}.test.ts',
];

export default defineConfig({
  resolve: { conditions: ['jeton-source'] },
  ssr: { resolve: { conditions: ['jeton-source'], externalConditions: ['jeton-source'] } },
  test: {
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts'],
          exclude: [...native, ...processes, ...ownModules],
          // A worker loads the modules once for all of its files: to load them for each took half of the time.
          isolate: false,
          setupFiles: ['scripts/undo-stubs.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: { name: 'unit-alone', include: ownModules, testTimeout: 90_000, hookTimeout: 90_000 },
      },
      {
        extends: true,
        test: { name: 'processes', include: processes, testTimeout: 90_000, hookTimeout: 90_000 },
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
          // A test uses less than half of a processor: most of the time it waits for a program, a timer or a disk.
          maxWorkers: 2 * availableParallelism(),
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
