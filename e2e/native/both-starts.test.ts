/** The places that an agent may find at its start: the compiled oidc-agent and the Node program do the same at each, and say the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lockFileOf, waitingFileOf } from '../../packages/agent/src/files/lock/lock-file.ts';
import { newOwnerText, ownerText, parseOwner } from '../../packages/agent/src/files/lock/lock-owner.ts';
import { agentsOf } from '../support/agent/agent.ts';
import { hasCompiled, installPrograms } from '../support/computer/installed-programs.ts';
import { type Outcome, Sandbox } from '../support/computer/sandbox.ts';
import { endProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** A sandbox, and the place where its agent listens. */
interface Place {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly socket: string;
  readonly lock: string;
}

interface Row {
  readonly what: string;
  /** Puts there what the start finds. */
  readonly prepare: (place: Place) => unknown;
  /** Ends what the start waits for. */
  readonly whileItWaits?: (place: Place) => void;
  readonly expected: object;
  /** Whether the compiled program starts the agent without Node. */
  readonly isUsual?: boolean;
  readonly isForRoot?: boolean;
}

const makeFolder = ({ folder }: Place) => mkdirSync(folder, { recursive: true, mode: 0o700 });

/** Leaves a socket at which no process listens. */
async function leaveSocket({ socket }: Place): Promise<void> {
  const server = createServer().listen(`${socket}.away`);
  await once(server, 'listening');
  renameSync(`${socket}.away`, socket);
  await new Promise((resolve) => server.close(resolve));
}

/** The id of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** Leaves a lock of this process, with some of its owner changed. */
function leaveLock({ lock }: Place, changed: { pid?: number; started?: string } = {}): void {
  const owner = parseOwner(newOwnerText());
  if (owner === undefined) throw new Error('this process has no name');
  writeFileSync(lock, ownerText({ ...owner, ...changed }));
}

const STARTED = {
  stdout:
    'OIDC_SOCK=SOCKET; export OIDC_SOCK;\nOIDCD_PID=PID; export OIDCD_PID;\necho Agent pid $OIDCD_PID\n',
  stderr: '',
  code: 0,
  agents: 1,
  left: ['oidc-agent.sock'],
};
const ELSEWHERE = {
  stdout: STARTED.stdout.replace('SOCKET', 'TMPDIR/oidc-XXXXXX/oidc-agent.PPID'),
  stderr:
    'Other shells will not find this agent: FOLDER is not trusted: it must be a folder of yours that nobody else can write to\n',
  code: 0,
  agents: 1,
  left: [],
};

const rows: Row[] = [
  { what: 'no folder', prepare: () => undefined, expected: STARTED, isUsual: true },
  { what: 'an empty folder', prepare: makeFolder, expected: STARTED, isUsual: true },
  {
    what: 'the socket of an agent that was killed',
    prepare: async (place) => {
      makeFolder(place);
      await leaveSocket(place);
    },
    expected: STARTED,
    isUsual: true,
  },
  {
    what: 'an agent',
    prepare: ({ sandbox }) => sandbox.run('oidc-agent', []),
    expected: { ...STARTED, stderr: 'oidc-agent was already running; this is the same agent\n' },
    isUsual: true,
  },
  {
    what: 'a file',
    prepare: (place) => {
      makeFolder(place);
      writeFileSync(place.socket, 'dear diary');
    },
    expected: {
      stdout: '',
      stderr:
        'Error: Could not bind ipc-socket\nhint: SOCKET exists and is not a socket\nhint: choose another place: oidc-agent --socket-path=PATH\n',
      code: 1,
      agents: 0,
      left: ['oidc-agent.sock'],
    },
  },
  {
    what: 'a symbolic link to nothing',
    prepare: (place) => {
      makeFolder(place);
      symlinkSync('/nonexistent/socket', place.socket);
    },
    expected: STARTED,
  },
  {
    what: 'a symbolic link to a socket of an agent that was killed',
    prepare: async (place) => {
      makeFolder(place);
      await leaveSocket({ ...place, socket: `${place.socket}.target` });
      symlinkSync(`${place.socket}.target`, place.socket);
    },
    expected: { ...STARTED, left: ['oidc-agent.sock', 'oidc-agent.sock.target'] },
  },
  {
    what: "another user's folder",
    prepare: (place) => {
      makeFolder(place);
      chownSync(place.folder, NOBODY, NOBODY);
    },
    expected: ELSEWHERE,
    isForRoot: true,
  },
  {
    what: 'a folder that others can write to',
    prepare: (place) => {
      makeFolder(place);
      chmodSync(place.folder, 0o777);
    },
    expected: ELSEWHERE,
  },
  {
    what: 'a symbolic link to a folder',
    prepare: ({ folder }) => {
      mkdirSync(`${folder}.target`, { mode: 0o700 });
      symlinkSync(`${folder}.target`, folder);
    },
    expected: ELSEWHERE,
  },
  {
    what: 'a path that is too long',
    prepare: ({ sandbox }) => {
      sandbox.env.TMPDIR = join(sandbox.folder, 'x'.repeat(100));
    },
    expected: {
      stdout: '',
      stderr: expect.stringContaining('Error: The socket path is '),
      code: 1,
      agents: 0,
      left: undefined,
    },
  },
  {
    what: 'the folder for temporary files missing',
    prepare: ({ sandbox }) => rmSync(sandbox.env.TMPDIR ?? '', { recursive: true }),
    expected: STARTED,
  },
  {
    what: 'the lock of a process that runs, until that is through',
    prepare: (place) => {
      makeFolder(place);
      leaveLock(place);
    },
    whileItWaits: ({ lock }) => rmSync(lock),
    expected: STARTED,
  },
  {
    what: 'the lock of a process that has ended',
    prepare: async (place) => {
      makeFolder(place);
      leaveLock(place, { pid: await endedProcess() });
    },
    expected: STARTED,
    isUsual: true,
  },
  {
    what: 'the lock of a process whose id another process has got',
    prepare: (place) => {
      makeFolder(place);
      leaveLock(place, { started: '1' });
    },
    expected: STARTED,
    isUsual: true,
  },
];

describe.skipIf(!hasCompiled)('oidc-agent, compiled (npm run build:native) and for Node', () => {
  const sandboxes: Sandbox[] = [];
  afterEach(async () => {
    await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
  });

  function newPlace(): Place & { readonly programs: string } {
    const sandbox = new Sandbox();
    sandboxes.push(sandbox);
    sandbox.onClose(() => Promise.all(agentsOf(sandbox).map((pid) => endProcess(pid))));
    const programs = installPrograms(sandbox);
    const folder = `${sandbox.env.TMPDIR}/oidc-agent-service-${process.getuid?.()}`;
    const socket = join(folder, 'oidc-agent.sock');
    return { sandbox, programs, folder, socket, lock: lockFileOf(socket) };
  }

  /** Starts an agent by a program. @returns what the program has said, and what is there then */
  async function startAt(place: Place, row: Row, program: string, ...args: string[]) {
    const { sandbox, folder, lock } = place;
    const starting = sandbox.run(program, args);
    if (row.whileItWaits !== undefined) {
      await until(() => existsSync(waitingFileOf(lock)));
      row.whileItWaits(place);
    }
    return { ...plain(await starting, place), agents: agentsOf(sandbox).length, left: left(folder) };
  }

  it.for(rows)('find $what', async (row, context) => {
    context.skip(row.isForRoot === true && !isRoot, 'only root can give a folder away');
    const outcomes = [];
    for (const kind of ['compiled', 'for Node']) {
      const place = newPlace();
      await row.prepare(place);
      const script = join(place.programs, 'oidc-agent.cjs');
      const command = kind === 'compiled' ? [join(place.programs, 'oidc-agent')] : [process.execPath, script];
      const [program = '', ...args] = command;
      outcomes.push(await startAt(place, row, program, ...args));
    }
    expect(outcomes).toEqual([row.expected, row.expected]);
  });

  it.for(rows.filter(({ isUsual }) => isUsual))(
    'the compiled one needs no Node where it finds $what',
    async (row) => {
      const place = newPlace();
      await row.prepare(place);
      const broken = join(place.sandbox.folder, 'broken');
      mkdirSync(broken);
      writeFileSync(join(broken, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      Object.assign(place.sandbox.env, { PATH: `${broken}:/usr/bin:/bin` });
      delete place.sandbox.env.JETON_SLEEP_AFTER;
      expect(await startAt(place, row, join(place.programs, 'oidc-agent'))).toEqual(row.expected);
    },
  );

  it('hold the same lock while the agent makes its sockets', async () => {
    const place = newPlace();
    const seen = join(place.sandbox.folder, 'seen');
    const sleeper = join(place.programs, 'oidc-agent-sleeper');
    rmSync(sleeper);
    // Shows the lock, and the process that holds it.
    writeFileSync(sleeper, `#!/bin/sh\ncat ${place.lock} /proc/$PPID/stat > ${seen}\n`, { mode: 0o755 });
    delete place.sandbox.env.JETON_SLEEP_AFTER;
    await place.sandbox.run(join(place.programs, 'oidc-agent'), []);
    const [text = '', status = ''] = readFileSync(seen, 'utf8').split('\n');
    const owner = parseOwner(text);
    const { id: _id, ...others } = parseOwner(newOwnerText()) ?? {};
    const [pid] = status.split(' ');
    expect(owner).toEqual({
      ...others,
      id: expect.any(String),
      pid: Number(pid),
      started: status.split(' ')[21],
    });
    expect(`${text}\n`).toBe(owner && ownerText(owner));
  });
});

/** What a program has said, without what differs from one start to the next. */
function plain({ stdout, stderr, code }: Outcome, { socket, folder, sandbox }: Place) {
  const general = (text: string) =>
    text
      .replaceAll(socket, 'SOCKET')
      .replaceAll(folder, 'FOLDER')
      .replaceAll(sandbox.env.TMPDIR ?? '', 'TMPDIR')
      .replace(/oidc-\w{6}\/oidc-agent\.\d+/, 'oidc-XXXXXX/oidc-agent.PPID')
      .replace(/OIDCD_PID=\d+/, 'OIDCD_PID=PID');
  return { stdout: general(stdout), stderr: general(stderr), code };
}

/** The files in a folder; undefined if it is not there. */
function left(folder: string): string[] | undefined {
  return existsSync(folder) ? readdirSync(folder).sort() : undefined;
}
