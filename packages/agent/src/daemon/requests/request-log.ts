/** Logs a line for each request of a client and for each call to an issuer, with `--debug` or `--log-stderr`. */
import type { Request } from '@jeton/protocol';
import { type Log, logToStderr, systemLog } from '../log.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';
import { type Door, ownerDoor } from '../socket/door.ts';

/** The members of a request that a log line contains. All others may be secret. */
const LOGGED_MEMBERS = ['account', 'issuer', 'scope', 'audience', 'application_hint'] as const;
const MAX_VALUE_CHARACTERS = 200;

type LogSettings = Pick<AgentSettings, 'debug' | 'logStderr'>;

/**
 * Wraps a handler with a log, if the settings say so: with `logStderr` of failures on stderr, with `debug` of all requests, also in
 * the system's log.
 */
export async function requestLog({ debug, logStderr }: LogSettings): Promise<(handle: Handler) => Handler> {
  if (!debug && !logStderr) return (handle) => handle;
  const log = logFor({ debug, logStderr });
  if (debug) (await import('../../oauth/http/http.ts')).traceRequests(log);
  return (handle) => async (request, client) => {
    const began = performance.now();
    const by = client.door === ownerDoor ? '' : ` by ${client.door.name}`;
    const end = (how: string) =>
      log(`${described(request)}${by}: ${how}, ${Math.round(performance.now() - began)} ms`);
    try {
      const answer = await handle(request, client);
      if (debug) end(answer.status);
      return answer;
    } catch (error) {
      end(JSON.stringify(error instanceof Error ? error.message : String(error)));
      throw error;
    }
  };
}

/** Wraps a door with a log of the requests that it refuses, if the settings say so. */
export function loggedDoor(door: Door, settings: LogSettings): Door {
  if (!settings.debug && !settings.logStderr) return door;
  const log = logFor(settings);
  return { ...door, onRefusal: (name) => log(`${name} by ${door.name}: refused`) };
}

function logFor({ debug, logStderr }: LogSettings): Log {
  const places = [...(logStderr ? [logToStderr] : []), ...(debug ? [systemLog()] : [])];
  return (line) => {
    for (const place of places) place(line);
  };
}

function described(request: Request): string {
  const members = new Map<string, unknown>(Object.entries(request));
  const words = LOGGED_MEMBERS.flatMap((name) => {
    const value = members.get(name);
    // As JSON: a client must not be able to forge log lines.
    return value === undefined
      ? []
      : [`${name}=${JSON.stringify(String(value).slice(0, MAX_VALUE_CHARACTERS))}`];
  });
  return [request.request, ...words].join(' ');
}
