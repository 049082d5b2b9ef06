/** Logs the agent's work, if its options ask for it: a line for each request of a client and for each call to an issuer. */
import type { Request } from '@jeton/protocol';
import { systemLog, type Tell, tellStderr } from '../log.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';
import { type Door, ownerDoor } from '../socket/door.ts';

/** The members of a request that a log line contains. All others may be secret. */
const LOGGED_MEMBERS = ['account', 'issuer', 'scope', 'audience', 'application_hint'] as const;
const MAX_VALUE_CHARACTERS = 200;

type LogSettings = Pick<AgentSettings, 'debug' | 'logStderr'>;

/**
 * A handler that does the same, and is logged: with `logStderr` to stderr, with `debug` to the system's log and all that goes
 * well, too.
 */
export async function logged(handle: Handler, { debug, logStderr }: LogSettings): Promise<Handler> {
  const tell = tellerFor({ debug, logStderr });
  if (debug) (await import('../../oauth/http/http.ts')).traceRequests(tell);
  return async (request, client) => {
    const began = performance.now();
    const by = client.door === ownerDoor ? '' : ` by ${client.door.name}`;
    const end = (how: string) =>
      tell(`${described(request)}${by}: ${how}, ${Math.round(performance.now() - began)} ms`);
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

/** The same door, which also logs the requests that it refuses. */
export function loggedDoor(door: Door, settings: LogSettings): Door {
  const tell = tellerFor(settings);
  return { ...door, onRefusal: (name) => tell(`${name} by ${door.name}: refused`) };
}

function tellerFor({ debug, logStderr }: LogSettings): Tell {
  const places = [...(logStderr ? [tellStderr] : []), ...(debug ? [systemLog()] : [])];
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
