import { parseJson } from '@jeton/protocol/json';
import { AgentError } from '../agent-error.ts';
import { NO_ANSWER, NO_RESPONSE, NO_STATUS, NOT_AN_AGENT, START_AGENT } from './agent-texts.ts';

/** The agent's answer, with any `status` but `failure`. */
export interface Answer {
  readonly status: string;
  readonly [member: string]: unknown;
}

/** The remark for the user in an answer, in addition to the result. */
export function infoOf(answer: Answer): string | undefined {
  return typeof answer.info === 'string' && answer.info !== '' ? answer.info : undefined;
}

/**
 * Parses the data from the connection.
 *
 * @throws AgentError if it is empty or not a JSON object with a status
 */
export function parseAnswer(text: string): Answer {
  if (text.trim() === '') {
    throw new AgentError('unreachable', NO_RESPONSE, {
      hints: [NO_ANSWER, START_AGENT],
    });
  }
  try {
    const answer: unknown = parseJson(escapeControls(text));
    if (isAnswer(answer)) return answer;
  } catch {
    // The parser's message would not help, and could contain a part of a token.
  }
  throw new AgentError('malformed', NO_STATUS, { hints: [NOT_AN_AGENT] });
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'string';
}

/**
 * Escapes the line breaks that the C agent puts into JSON strings. Reads each character once: a pattern for whole
 * strings would start again at each quote of an unterminated one, in quadratic time.
 */
function escapeControls(text: string): string {
  let inString = false;
  return text.replace(/\\[^\p{Cc}]|"|(\p{Cc})/gu, (part: string, control?: string) => {
    if (part === '"') inString = !inString;
    if (!inString || control === undefined) return part;
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
