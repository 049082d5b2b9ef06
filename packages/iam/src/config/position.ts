import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml';

/** The names and indexes that lead to a node of a document. */
export type Path = readonly (string | number)[];

/** A path as one writes it in programs: `users[0].password`. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/**
 * The position of a node in a file, as `line:column`, both counted from 1. For a missing node the position of its parent.
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

/** The nodes of the name and the value of a member. */
function memberOf(pairs: readonly { key: unknown; value: unknown }[], name: string | number): unknown[] {
  const pair = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(name));
  return [pair?.key, pair?.value];
}
