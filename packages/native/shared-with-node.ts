/**
 * What the compiled programs share with the Node programs. `npm run build:native` writes these values as AssemblyScript and C, to
 * assembly/generated.ts and host/generated.h (scripts/native-constants.js says how), so that each of them is written down once,
 * where the Node programs have it.
 */
import { getSystemErrorMap } from 'node:util';
import type { ProgramSpec } from '../agent/src/command-line/option-table.ts';
import { readArguments } from '../agent/src/command-line/options.ts';
import { ConfigSection } from '../agent/src/config/section.ts';
import { agentConfig } from '../agent/src/config/settings.ts';
import { failureOf, OtherVersion } from '../agent/src/daemon/failure.ts';
import {
  ANSWERED_ASLEEP,
  frameKinds,
  PROTOCOL_VERSION,
  questions,
} from '../agent/src/daemon/process/frames.ts';
import { CLIENT_DEADLINES_MS } from '../agent/src/daemon/socket/connection.ts';
import { LEAVE_MS } from '../agent/src/daemon/socket/server.ts';
import { BACKLOG } from '../agent/src/daemon/socket/socket-file.ts';
import { ownerText as textOfOwner } from '../agent/src/files/lock/lock-owner.ts';
import { MAX_FILE_BYTES } from '../agent/src/files/reading/limits.ts';
import { program as oidcAgent } from '../agent/src/programs/oidc-agent/command-line.ts';
import {
  ANSWER_TIMEOUT_MS,
  PROCESS_REQUEST as processRequest,
} from '../agent/src/programs/oidc-agent/find.ts';
import { settingsOf } from '../agent/src/programs/oidc-agent/settings.ts';
import { startCommands } from '../agent/src/programs/oidc-agent/shell.ts';
import { WITHHELD_VARIABLES } from '../agent/src/programs/oidc-agent/withheld-variables.ts';
import { program as oidcToken } from '../agent/src/programs/oidc-token/command-line.ts';
import { EXIT_CODES as codes } from '../agent/src/terminal/exit-code.ts';
import type { AgentErrorCode } from '../client/src/agent-error.ts';
import { CODES_BY_TEXT, hintsFor } from '../client/src/conversation/agent-texts.ts';
import { DEFAULT_TIMEOUT_MS } from '../client/src/conversation/connect.ts';
import { shellQuote } from '../client/src/shell-quote.ts';

// The socket.

export { MAX_SOCKET_PATH, OTHERS_WRITE, SERVICE_FOLDER, SOCKET_NAME } from '../protocol/src/socket-path.ts';

// A request of oidc-token, and its answer.

export { USUAL_VARIABLES as Variable } from '../agent/src/programs/oidc-token/command-line.ts';
export { FORCE_NEW } from '../client/src/access-token.ts';
export { MAX_ANSWER_BYTES } from '../client/src/conversation/exchange.ts';
export const OIDC_TOKEN = oidcToken.name;

/** The characters besides those of `\w` that a POSIX shell takes literally. */
export const UNQUOTED_IN_SHELL = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  .filter((character) => !/\w/.test(character) && shellQuote(character) === character)
  .join('');

/** Whether an option has an argument. */
export const Argument = { none: 0, optional: 1, required: 2 };

export const OPTIONS = optionsOf(oidcToken);

/** The options of a program by each of their long names; only the usual one has the letter. */
function optionsOf({ options }: ProgramSpec) {
  return Object.values(options).flatMap((group) =>
    Object.entries(group).flatMap(([name, { short = '', aliases = [], arg, optional }]) => {
      const argument = arg === undefined ? Argument.none : optional ? Argument.optional : Argument.required;
      return [name, ...aliases].map((spelling) => ({
        spelling,
        letter: spelling === name ? short : '',
        name,
        argument,
      }));
    }),
  );
}

// Failures of a request.

export {
  MAY_WAIT,
  NO_ANSWER,
  NO_REASON,
  NO_RESPONSE,
  NO_STATUS,
  NOT_AN_AGENT,
  NOT_CONNECTED,
  NOT_TAKEN,
  noAnswerWithin,
  noConnectionWithin,
  START_AGENT,
  TOO_LONG,
  unusable,
} from '../client/src/conversation/agent-texts.ts';
export { FAILURE_KINDS } from '../protocol/src/answers.ts';

const names = Object.keys(codes).filter((name): name is AgentErrorCode => name in codes);

export const Code = Object.fromEntries(names.map((name) => [name, name]));
export const EXIT_CODES = names.map((code) => ({ code, exitCode: codes[code] }));
export const HINTS = names.flatMap((code) => hintsFor(code, undefined).map((hint) => ({ code, hint })));
export const ERROR_TEXTS = CODES_BY_TEXT.map(([{ source: pattern }, code]) => ({ pattern, code }));

// The file `config`.

export { SYSTEM_FILE } from '../agent/src/config/section.ts';
export { LIFETIME_SETTING } from '../agent/src/programs/oidc-token/command-line.ts';
export const MAX_CONFIG_BYTES = MAX_FILE_BYTES.configuration;

// oidc-agent.

export { ALREADY_RUNNING } from '../agent/src/programs/oidc-agent/shell.ts';
export const OIDC_AGENT = oidcAgent.name;
export const AGENT_OPTIONS = optionsOf(oidcAgent);
export const PROCESS_REQUEST = JSON.stringify(processRequest);
export const ANSWER_SECONDS = ANSWER_TIMEOUT_MS / 1000;
export const commands = (path: string, pid: string) => `${startCommands(path, pid, false)}\n`;
export const quietCommands = (path: string, pid: string) => `${startCommands(path, pid, true)}\n`;

// The two shapes of an agent.

export const OTHER_VERSION = JSON.stringify(failureOf(new OtherVersion()));
export { PROBLEMS as Problem } from '../agent/src/daemon/process/daemon-report.ts';
export {
  AWAKE_PROGRAM,
  entryFlags as EntryFlag,
  frameKinds as Frame,
  NEVER,
  NO_ACCOUNTS,
  NO_GROUP,
  PROTOCOL_VERSION,
  questions as Question,
  SLEEP_VARIABLE,
  SLEEPER,
} from '../agent/src/daemon/process/frames.ts';
export { WAKE_AHEAD_SECONDS } from '../agent/src/daemon/requests/ready-answers.ts';
export { doorNumbers as Door, EVERY_DOOR } from '../agent/src/daemon/socket/door-number.ts';

export { notASocket } from '../agent/src/daemon/socket/socket-file.ts';
export const READY = JSON.stringify({ ready: true });
export const notReady = (problem: string, error: string) => JSON.stringify({ ready: false, problem, error });

export { lockFileName } from '../agent/src/files/lock/lock-file.ts';
export const ownerText = (
  id: string,
  pid: string,
  started: string,
  host: string,
  boot: string,
  namespace: string,
) => textOfOwner({ id, pid: 0, started, host, boot, namespace }).replace('"pid":0', `"pid":${pid}`);

/** The settings of an agent without options and files `config`, at sockets whose paths JSON need not escape. */
const noConfig = agentConfig(new ConfigSection(oidcAgent.name, {}, '/nowhere'));
const usual = await settingsOf(readArguments(oidcAgent, []).options, noConfig, {});
export const settingsAt = (path: string) => JSON.stringify({ ...usual, socketPaths: [path] });

// The clients of an agent that sleeps.

export const RequestName = Object.fromEntries(ANSWERED_ASLEEP.map((name) => [name, name]));
export const QUESTION_TEXTS = ANSWERED_ASLEEP.map((name) => JSON.stringify(name));

export { REACHED_TIMEOUT } from '../agent/src/daemon/socket/connection.ts';
export {
  GUESTS_SHARE,
  MAX_CONNECTIONS,
  MIN_CONNECTIONS,
  RESERVED_DESCRIPTORS,
} from '../agent/src/daemon/socket/connection-limit.ts';
export { MAX_LEAVING, tooManyConnections } from '../agent/src/daemon/socket/server.ts';
export { MAX_MESSAGE_BYTES, NOT_JSON } from '../protocol/src/framing.ts';
export const IDLE_SECONDS = CLIENT_DEADLINES_MS.idle / 1000;
export const REQUEST_SECONDS = CLIENT_DEADLINES_MS.request / 1000;
export const LEAVE_SECONDS = LEAVE_MS / 1000;
export const failure = (error: string) => JSON.stringify({ status: 'failure', error });

/** Errors of the system that an operation with a file or a socket may have, in the words of Node. */
export const SYSTEM_ERRORS = [...getSystemErrorMap()]
  .sort(([one], [other]) => other - one)
  .map(([number, [name, meaning]]) => ({ number, name, meaning }))
  .filter(({ name }) =>
    [
      ...[
        'EACCES',
        'EADDRINUSE',
        'EADDRNOTAVAIL',
        'EAGAIN',
        'EBADF',
        'EBUSY',
        'ECONNRESET',
        'EEXIST',
        'EFBIG',
      ],
      ...[
        'EINVAL',
        'EIO',
        'EISDIR',
        'ELOOP',
        'EMFILE',
        'EMLINK',
        'ENAMETOOLONG',
        'ENFILE',
        'ENODEV',
        'ENOENT',
      ],
      ...['ENOMEM', 'ENOSPC', 'ENOTDIR', 'ENOTEMPTY', 'ENXIO', 'EPERM', 'EPIPE', 'EROFS', 'ESPIPE', 'EXDEV'],
    ].includes(name),
  );

/** What the C around the programs needs: it is written for host/generated.h. */
export const HOST = {
  TIMEOUT_SECONDS: DEFAULT_TIMEOUT_MS / 1000,
  WITHHELD_VARIABLES,
  BACKLOG,
  PROTOCOL_VERSION,
  // For the fuzzers.
  FRAME_ENTRY: frameKinds.entry,
  FRAME_FIXED: frameKinds.fixed,
  QUESTION_LOADED_ACCOUNTS: questions.loaded_accounts,
  QUESTION_STATUS_JSON: questions.status_json,
};
