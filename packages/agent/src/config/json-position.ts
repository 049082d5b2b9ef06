import { DEEPEST } from '@jeton/protocol/json';
import { visit } from 'jsonc-parser';

/** A place in a text: line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The position at which a text stops being JSON for `parseJson`; undefined if the whole text is valid. */
export function jsonFault(text: string): Place | undefined {
  let depth = 0;
  const faultAt = (line: number, column: number) => new Fault({ line: line + 1, column: column + 1 });
  const begin = (_offset: number, _length: number, line: number, column: number) => {
    depth += 1;
    if (depth > DEEPEST) throw faultAt(line, column);
  };
  const end = () => {
    depth -= 1;
  };
  try {
    visit(text, {
      onObjectBegin: begin,
      onArrayBegin: begin,
      onObjectEnd: end,
      onArrayEnd: end,
      onComment: (_offset, _length, line, column) => {
        throw faultAt(line, column);
      },
      onError: (_error, _offset, _length, line, column) => {
        throw faultAt(line, column);
      },
    });
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.place;
    throw error;
  }
}

/** Ends the visit at the first fault: a deeper text would overflow the stack, and later faults follow from the first. */
class Fault extends Error {
  readonly place: Place;

  constructor(place: Place) {
    super('not JSON');
    this.place = place;
  }
}
