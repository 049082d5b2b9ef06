import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { nodeFolder, THIS_ARCH } from './packaging/node.js';
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

/**
 * Tests that race with real processes, on machines of any load. A test that fails once and passes then is named at the end of the run,
 * as one to mend; it does not stop the work of others.
 */
const withProcesses = {
  // A test uses a fifth to a third of a processor: most of the time it waits for a program, a timer or a disk.
  maxWorkers: 2 * availableParallelism(),
  // Nothing takes as long; a machine may have other work.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  retry: 1,
  // After the unit tests, as they share the machine with the processes that they start.
  sequence: { groupOrder: 1 },
};

/**
 * Users of the packages have the Node that these bring with them: the end-to-end tests run our programs with it, where `npm test` has fetched
 * it. Users of npm have a Node of their own.
 */
const packagedNode = THIS_ARCH === undefined ? '' : join(nodeFolder(THIS_ARCH), 'bin');
const hasPackagedNode = existsSync(packagedNode);
const e2e = { ...withProcesses, ...(hasPackagedNode && { env: { JETON_NODE_FOLDER: packagedNode } }) };

/** What depends on the version of Node, once more with the one that is installed. */
const withInstalledNode = {
  extends: true,
  test: {
    ...withProcesses,
    name: 'e2e-installed-node',
    include: [
      // Registrations and logins, HTTP and a browser.
      'e2e/oidc-gen/{first-light,gen-code}.test.ts',
      // Starting, sleeping, waking and ending; timers.
      'e2e/agent/{agent-life,refresh-ahead,sleeping-agent}.test.ts',
      // What Node does at its limit of open files.
      'e2e/faults/descriptors-used-up.test.ts',
      // Secrets in its memory.
      'e2e/attacks/memory.test.ts',
    ],
  },
} satisfies TestProjectConfiguration;

const hasSleeper = existsSync(join(import.meta.dirname, 'packages/agent/dist/oidc-agent-sleeper'));

/**
 * All end-to-end tests run with agents that sleep as they do for users (docs/sleeping-agent.md). What depends on the shape of an agent runs
 * once more with each of the other shapes; `npm run test:shapes` runs everything with each.
 */
const otherShapes = [
  {
    extends: true,
    test: {
      ...e2e,
      name: 'e2e-asleep',
      // After each request: what an agent has to remember, or to do by itself, passes through the process that sleeps.
      env: { ...e2e.env, JETON_SLEEP_AFTER: '0' },
      include: [
        // How long an agent and its accounts live, and what it says about them.
        'e2e/agent/agent-life.test.ts',
        // Passwords, and accounts that are loaded when they are asked for.
        'e2e/agent/{autoload,oidc-add}.test.ts',
        // Tokens that end, and are renewed before.
        'e2e/agent/refresh-ahead.test.ts',
        // Two doors, many clients, secrets in the memory.
        'e2e/attacks/{group,memory}.test.ts',
        'e2e/faults/too-many-clients.test.ts',
      ],
    },
  },
  {
    extends: true,
    test: {
      ...e2e,
      name: 'e2e-awake',
      // The Node program, as on other systems: it has the sockets itself.
      env: { ...e2e.env, JETON_SLEEP_AFTER: 'never' },
      include: [
        // Sockets, and their locks.
        'e2e/agent/one-agent.test.ts',
        // A locked agent holds its accounts encrypted, instead of being asleep.
        'e2e/agent/agent-lock.test.ts',
        'e2e/agent/refresh-ahead.test.ts',
        // Its memory, and what keeps others out of it.
        'e2e/attacks/{core-dumps,memory}.test.ts',
        'e2e/faults/too-many-clients.test.ts',
      ],
    },
  },
] satisfies TestProjectConfiguration[];

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
        test: { ...withProcesses, name: 'processes', include: processes },
      },
      {
        extends: true,
        test: { ...withProcesses, name: 'native', include: native },
      },
      { extends: true, test: { ...e2e, name: 'e2e', include: ['e2e/**/*.test.ts'] } },
      ...(hasPackagedNode ? [withInstalledNode] : []),
      ...(hasSleeper ? otherShapes : []),
    ],
    // CI and people read the last line; see scripts/count-reporter.js.
    reporters: ['default', './scripts/count-reporter.js'],
  },
});
