import { parseJson } from '@jeton/protocol/json';

/**
 * Where a text stops being JSON, as line and column, both from 1; undefined if it is JSON.
 *
 * JSON.parse names a position in some of its messages only. But every prefix that ends before the fault fails for
 * being cut off, and every longer one for the fault, so that the fault is found by halving.
 */
export function jsonFault(text: string): { line: number; column: number } | undefined {
  if (failure(text) === undefined) return undefined;
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (middle <= text.length && isPrefix(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const before = text.slice(0, good);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: good - lineStart + 1 };
}

/** Whether a text is JSON or would be if more of it came. */
function isPrefix(text: string): boolean {
  const message = failure(text);
  if (message === undefined || message.includes('end of JSON input') || message.startsWith('Unterminated'))
    return true;
  return Number(/at position (\d+)/.exec(message)?.[1] ?? -1) === text.length;
}

function failure(text: string): string | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
