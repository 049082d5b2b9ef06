/** Bytes that fit into `sun_path` beside its final NUL: 108 on Linux, 104 on macOS and the BSDs. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * The socket on which a client finds the agent: `OIDC_SOCK`, else the one of oidc-agent-service,
 * `$TMPDIR/oidc-agent-service-<uid>/oidc-agent.sock`. An empty variable counts as not set.
 *
 * @param env the environment to look into
 * @returns a path that fits into a socket address
 * @throws RangeError as checkSocketPath does
 */
export function socketPath(env: Readonly<Record<string, string | undefined>>): string {
  const path =
    env.OIDC_SOCK || `${env.TMPDIR || '/tmp'}/oidc-agent-service-${process.getuid?.() ?? ''}/oidc-agent.sock`;
  checkSocketPath(path);
  return path;
}

/**
 * Refuses a path that is too long for a socket address. The system would cut it off or call it invalid, without a word
 * about the length.
 *
 * @throws RangeError that names the path, its length and the limit, in bytes
 */
export function checkSocketPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= MAX_SOCKET_PATH) return;
  throw new RangeError(`The socket path is ${length} bytes long, ${MAX_SOCKET_PATH} are possible: ${path}`);
}
