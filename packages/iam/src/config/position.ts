import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml';

/** The names and indexes that lead to something in a document. */
export type Path = readonly (string | number)[];

/**
 * Where in a file something stands, as `line:column`, both counted from 1. For what is not there it is the place of
 * what it is missing from.
 */
export function positionOf(document: Document.Parsed<ParsedNode>, lines: LineCounter, path: Path): string {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of path) {
    const [place, next]: unknown[] = isMap(node)
      ? memberOf(node.items, step)
      : isSeq(node)
        ? [node.items[Number(step)], node.items[Number(step)]]
        : [];
    if (!isNode(place)) break;
    offset = place.range?.[0] ?? offset;
    node = next;
  }
  const { line, col } = lines.linePos(offset);
  return `${line}:${col}`;
}

/** The nodes of a member's name and value. */
function memberOf(pairs: readonly { key: unknown; value: unknown }[], name: string | number): unknown[] {
  const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(name));
  return [pair?.key, pair?.value];
}
