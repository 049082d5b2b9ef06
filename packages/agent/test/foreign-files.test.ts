/** Only the functions in `files/` read files that others may have written: they have a bound and a deadline. */
import { expect, test } from 'vitest';
import { filesWith } from './sources.ts';

/** The other files that open a file, and why each may. */
const OTHERS: Readonly<Record<string, string>> = {
  'core-dump.ts': '/proc/self/coredump_filter is written by the system',
  'daemon/socket/connection-limit.ts': '/proc/self/limits is written by the system',
  'daemon/process/main.ts': 'the pipe that the starter has made',
  'daemon/process/sleeper.ts': 'the pipe that the compiled program has made',
  'daemon/process/pid-file.ts': 'the file that the agent has written itself',
  'oauth/browser/connection-user.ts': '/proc/net is written by the system',
  'files/lock/lock-file.ts':
    'without waiting, 4 KiB at most, and in the share of threads for the folder of the accounts',
  'files/lock/lock-owner.ts': '/proc is written by the system',
  'files/saving/mount-points.ts': '/proc is written by the system',
  'files/process.ts': '/proc is written by the system',
  'files/reading/read-file.ts': 'the function by which the agent reads',
  'files/reading/read-regular.ts': 'the function by which the other programs read',
  'files/saving/replace-file.ts': 'opens what it makes itself, and the folder',
  'files/saving/write-in-place.ts':
    'without waiting, a regular file that was read before, in the share of threads for keeping',
  'programs/jeton/commands/completion.ts': 'the scripts that are installed beside the program',
  'programs/jeton/secret-file.ts': 'a descriptor that the user has opened',
  'programs/oidc-agent/group.ts': '/etc/group is written by the system',
  'programs/oidc-agent/in-place.ts': 'writes to /dev/null',
  'programs/oidc-agent/is-agent.ts': '/proc is written by the system',
  'programs/oidc-agent/systemd-sockets.ts': '/proc is written by the system',
  'programs/oidc-prompt/terminal.ts': 'the terminal',
  'programs/oidc-tokensh/token-file.ts': 'opens what it makes itself',
  'terminal/enter-key.ts': '/proc is written by the system',
  'terminal/screens.ts': 'writes to the terminal',
};

test('no other file of the agent opens a file', () => {
  const opening =
    /\bimport (\* as|[^;]*\b(readFile|readFileSync|open|openSync|createReadStream)\b)[^;]*'node:fs(\/promises)?'|\('node:fs/;
  expect(filesWith(opening)).toEqual(Object.keys(OTHERS).sort());
});
