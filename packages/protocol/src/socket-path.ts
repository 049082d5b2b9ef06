import { lstatSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** The possible places of an agent, and the reasons against other places: a sentence each. */
export interface SocketPlaces {
  /** In the order in which to try them. */
  readonly paths: readonly string[];
  readonly objections: readonly string[];
}

/** Bytes that fit into `sun_path` before its final NUL: it has 108 bytes on Linux, 104 on macOS and the BSDs. */
export const maxSocketPath = (platform: NodeJS.Platform) => (platform === 'linux' ? 107 : 103);
export const MAX_SOCKET_PATH = maxSocketPath(process.platform);

/** The folder for the sockets of a user, in one of the user's; elsewhere the user's id follows. */
export const SERVICE_FOLDER = 'oidc-agent-service';
export const SOCKET_NAME = '/oidc-agent.sock';

/** Write permission of the group and of others. */
export const OTHERS_WRITE = 0o022;

/**
 * The places at which clients look for the agent: `OIDC_SOCK`, else the stable places. An empty variable counts as not set.
 *
 * @param env the environment with OIDC_SOCK and the folders
 */
export function socketPlaces(env: Environment): SocketPlaces {
  return env.OIDC_SOCK ? sorted([env.OIDC_SOCK], tooLong) : stablePlaces(env);
}

/**
 * The places where an agent and its clients meet by default (docs/protocol.md, section "Socket"):
 * `$XDG_RUNTIME_DIR/oidc-agent-service`, if this user has such a directory; and the place of the C suite's service,
 * `$TMPDIR/oidc-agent-service-<uid>`. Skips a folder in which another user could put a socket.
 *
 * @param env the environment to use
 */
export function stablePlaces(env: Environment): SocketPlaces {
  const service = `${env.TMPDIR || '/tmp'}/${SERVICE_FOLDER}-${process.getuid?.() ?? ''}`;
  const runtime = env.XDG_RUNTIME_DIR;
  // After `su` it is still the directory of the user before.
  const isMine = runtime?.startsWith('/') && ownership(runtime) === 'mine';
  const folders = isMine ? [`${runtime}/${SERVICE_FOLDER}`, service] : [service];
  return sorted(
    folders.map((folder) => folder + SOCKET_NAME),
    (path) => tooLong(path) ?? untrusted(path.slice(0, -SOCKET_NAME.length)),
  );
}

/**
 * Refuses a path that is too long for a socket address. The system would truncate it or call it invalid, without
 * mentioning the length.
 *
 * @throws RangeError that names the path, its length and the limit, in bytes
 */
export function checkSocketPath(path: string): void {
  const problem = tooLong(path);
  if (problem !== undefined) throw new RangeError(problem);
}

function sorted(
  candidates: readonly string[],
  objectionTo: (path: string) => string | undefined,
): SocketPlaces {
  const paths: string[] = [];
  const objections: string[] = [];
  for (const path of candidates) {
    const objection = objectionTo(path);
    if (objection === undefined) paths.push(path);
    else objections.push(objection);
  }
  return { paths, objections };
}

function tooLong(path: string): string | undefined {
  const length = Buffer.byteLength(path);
  if (length <= MAX_SOCKET_PATH) return undefined;
  return `The socket path is ${length} bytes long, ${MAX_SOCKET_PATH} are possible: ${path}`;
}

function untrusted(folder: string): string | undefined {
  if (ownership(folder) !== 'not mine') return undefined;
  return `${folder} is not trusted: it must be a folder of yours that nobody else can write to`;
}

/** The owner of a folder. A symbolic link counts as another user's: its owner may change its target at any time. */
function ownership(folder: string): 'mine' | 'not mine' | 'missing' {
  try {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    const mine = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & OTHERS_WRITE) === 0;
    return mine ? 'mine' : 'not mine';
  } catch {
    return 'not mine';
  }
}
