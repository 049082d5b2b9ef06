import { parseJson } from '@jeton/protocol/json';
import { AgentError } from './agent-error.ts';
import { NO_RESPONSE, START_AGENT } from './agent-texts.ts';

/** What the agent answered, `status` being anything but `failure`. */
export interface Answer {
  readonly status: string;
  readonly [member: string]: unknown;
}

/** What an answer says beside the result, for people. */
export function infoOf(answer: Answer): string | undefined {
  return typeof answer.info === 'string' && answer.info !== '' ? answer.info : undefined;
}

/**
 * Reads what came back on the connection.
 *
 * @throws AgentError when it is empty or not a JSON object with a status
 */
export function parseAnswer(text: string): Answer {
  if (text.trim() === '') {
    throw new AgentError('unreachable', NO_RESPONSE, {
      hints: ['the agent closed the connection without an answer', START_AGENT],
    });
  }
  try {
    const answer: unknown = parseJson(escapeControls(text));
    if (isAnswer(answer)) return answer;
  } catch {
    // What is wrong with it helps nobody, and could show a part of a token.
  }
  throw new AgentError('malformed', 'The answer of the agent is not a JSON object with a status', {
    hints: ['is OIDC_SOCK the socket of an oidc-agent?'],
  });
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'string';
}

/**
 * The C agent puts line breaks into JSON strings as they are; JSON wants them escaped. Each character is looked at once,
 * whatever the answer is made of: a pattern for whole strings would begin again at each quote of one that does not end.
 */
function escapeControls(text: string): string {
  let inString = false;
  return text.replace(/\\[^\p{Cc}]|"|(\p{Cc})/gu, (part: string, control?: string) => {
    if (part === '"') inString = !inString;
    if (!inString || control === undefined) return part;
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
