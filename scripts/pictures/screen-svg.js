// Draws the screen of a terminal as an SVG, light or dark as the reader's system is.
/** @import { IBuffer, IBufferCell } from '@xterm/headless' */

const CELL = { width: 8.4, height: 19 };
const PADDING = 16;
/** Of the ANSI colours 0 to 7: black, red, green, yellow, blue, magenta, cyan, white. */
const LIGHT = ['#24292f', '#b35900', '#116329', '#7d4e00', '#0550ae', '#8250df', '#0f6b74', '#57606a'];
const DARK = ['#484f58', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#b1bac4'];

/**
 * All lines that the terminal has shown, as an SVG.
 *
 * @param {IBuffer} buffer
 * @param {number} columns
 * @param {string} description for readers who do not see it
 * @returns {string}
 */
export function svgOf(buffer, columns, description) {
  const cells = Array.from({ length: buffer.length }, (_, row) => cellsOf(buffer, row, columns));
  const rows =
    cells.findLastIndex((line) => line.some(({ text, style }) => text !== ' ' || style.background)) + 1;
  const shapes = cells.slice(0, rows).flatMap((line, row) => [...blocks(line, row), ...texts(line, row)]);
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = rows * CELL.height + 2 * PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="d">
<desc id="d">${escaped(description)}</desc>
<style>
svg { color-scheme: light dark }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #24292f }
.paper { fill: #f6f8fa; stroke: #d0d7de } .f { fill: #24292f } .b { font-weight: 600 } .d { opacity: .7 } .u { text-decoration: underline }
.s0 { fill: #000 } .s7 { fill: #fff }
${LIGHT.map((colour, index) => `.c${index} { fill: ${colour} }`).join(' ')}
@media (prefers-color-scheme: dark) {
text, .f { fill: #e6edf3 } .paper { fill: #0d1117; stroke: #30363d }
${DARK.map((colour, index) => `.c${index} { fill: ${colour} }`).join(' ')}
}
</style>
<rect class="paper" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${shapes.join('\n')}
</svg>
`;
}

/** @typedef {{ foreground: string, background: string, marks: string }} Style classes */
/** @typedef {{ text: string, style: Style }} Cell */

/**
 * @param {IBuffer} buffer
 * @param {number} row
 * @param {number} columns
 * @returns {Cell[]}
 */
function cellsOf(buffer, row, columns) {
  const line = buffer.getLine(row);
  return Array.from({ length: columns }, (_, column) => {
    const cell = line?.getCell(column);
    return { text: cell?.getChars() || ' ', style: styleOf(cell) };
  });
}

/**
 * @param {IBufferCell | undefined} cell
 * @returns {Style}
 */
function styleOf(cell) {
  if (cell === undefined) return { foreground: '', background: '', marks: '' };
  const foreground = cell.isFgDefault() ? '' : `c${cell.getFgColor() % 8}`;
  const background = cell.isBgDefault() ? '' : `s${cell.getBgColor() % 8}`;
  const marks = [cell.isBold() && 'b', cell.isDim() && 'd', cell.isUnderline() && 'u']
    .filter(Boolean)
    .join(' ');
  return cell.isInverse()
    ? { foreground: 'paper', background: foreground || 'f', marks }
    : { foreground, background, marks };
}

/** Which part of a cell a block element fills, from its top: begin and end. */
const BLOCKS = new Map([
  ['█', [0, 1]],
  ['▀', [0, 0.5]],
  ['▄', [0.5, 1]],
]);

/**
 * Backgrounds and the half blocks of QR codes, as rectangles: fonts leave gaps between them.
 *
 * @param {Cell[]} line
 * @param {number} row
 */
function blocks(line, row) {
  const backgrounds = runsOf(line, ({ style }) => style.background).map((run) => rectangle(run, row, 0, 1));
  const halves = [...BLOCKS].flatMap(([block, [begin = 0, end = 1]]) =>
    runsOf(line, ({ text, style }) => (text === block ? style.foreground.replace('c', 's') || 'f' : '')).map(
      (run) => rectangle(run, row, begin, end),
    ),
  );
  return [...backgrounds, ...halves];
}

/**
 * @param {{ key: string, column: number, cells: Cell[] }} run
 * @param {number} row
 * @param {number} begin
 * @param {number} end
 */
function rectangle({ key, column, cells }, row, begin, end) {
  const [x, width] = [PADDING + column * CELL.width, cells.length * CELL.width].map((length) =>
    length.toFixed(1),
  );
  const y = PADDING + (row + begin) * CELL.height;
  return `<rect class="${key}" shape-rendering="crispEdges" x="${x}" y="${y}" width="${width}" height="${(end - begin) * CELL.height}"/>`;
}

/**
 * @param {Cell[]} line
 * @param {number} row
 */
function texts(line, row) {
  const key = (/** @type {Cell} */ { text, style }) =>
    BLOCKS.has(text) ? '' : `${style.foreground} ${style.marks}`.trim() || 'f';
  return runsOf(line, key).flatMap((run) => {
    const written = run.cells.map(({ text }) => text).join('');
    const text = written.trimEnd();
    if (text === '') return [];
    const x = (PADDING + run.column * CELL.width).toFixed(1);
    const y = PADDING + (row + 0.75) * CELL.height;
    // The same columns in each font.
    const width = ([...text].length * CELL.width).toFixed(1);
    const style = run.key === 'f' ? '' : ` class="${run.key}"`;
    return `<text${style} x="${x}" y="${y}" textLength="${width}">${escaped(text)}</text>`;
  });
}

/**
 * Neighbours that have the same key; those with an empty one are left out.
 *
 * @param {Cell[]} line
 * @param {(cell: Cell) => string} keyOf
 */
function runsOf(line, keyOf) {
  /** @type {{ key: string, column: number, cells: Cell[] }[]} */
  const runs = [];
  for (const [column, cell] of line.entries()) {
    const key = keyOf(cell);
    const last = runs.at(-1);
    if (last?.key === key) last.cells.push(cell);
    else runs.push({ key, column, cells: [cell] });
  }
  return runs.filter(({ key }) => key !== '');
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
