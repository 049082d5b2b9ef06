/** A question with a list of answers, filtered by what the user types. It fits the window, whatever the length of the list. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { harmless } from '../harmless.ts';
import { ask, noOutput, readAnswer, standard, type Terminal } from './prompt.ts';
import { style } from './style.ts';

export interface Choice {
  readonly question: string;
  readonly choices: readonly string[];
  /** Makes an answer of the typed text, if an answer that is not in the list is possible; undefined for text that is none. */
  readonly own?: (typed: string) => string | undefined;
  /** Says what to type, to a user whose text matches nothing. */
  readonly nothingFound: string;
}

const MAX_ROWS = 12;
/** The question, the line below the list, and a line of what was there before. */
const OTHER_ROWS = 3;
const HELP = 'type to search, up and down to choose, Enter to take';

/**
 * Asks for one of several answers. Typing filters them, the arrow keys choose, Enter takes the chosen one: at first the first
 * one. On a terminal that cannot move its cursor, the user types a number.
 *
 * Filters as each key arrives, so that Enter at the end of a pasted line takes what the line names.
 *
 * @throws Interrupted
 */
export async function choose(choice: Choice, terminal = standard()): Promise<string> {
  if (process.env.TERM === 'dumb') return await chooseByNumber(choice, terminal);
  const { input, output } = terminal;
  let filter = '';
  let active = 0;
  const draw = (column: number) => {
    const found = answersFor(filter, choice);
    const { columns = 80, rows = 24 } = output;
    const fitting = (text: string) => harmless(text).slice(0, columns - 1);
    const shown = page(found, active, Math.min(MAX_ROWS, rows - OTHER_ROWS));
    const list = shown.map((answer) =>
      answer === found[active] ? style('cyan', fitting(`> ${answer}`), output) : fitting(`  ${answer}`),
    );
    const more = found.length > shown.length ? `and ${found.length - shown.length} more; ` : '';
    const help = style('dim', fitting(found.length === 0 ? choice.nothingFound : more + HELP), output);
    const head = `${choice.question}: `;
    const typed = fitting(head + filter).slice(head.length);
    erase(terminal);
    output.write([style('cyan', head, output) + typed, ...list, help].join('\n'));
    moveCursor(output, 0, -list.length - 1);
    cursorTo(output, head.length + column);
  };
  return await readAnswer<string>(terminal, noOutput(), (lines, answer) => {
    let isAnswered = false;
    const onKey = (_text: unknown, { name }: { name?: string }) => {
      // Enter, which has just answered, is a key as well.
      if (isAnswered) return;
      const found = answersFor(lines.line, choice);
      if (lines.line !== filter) active = 0;
      else if (name === 'up') active = Math.max(0, active - 1);
      else if (name === 'down') active = Math.max(0, Math.min(found.length - 1, active + 1));
      filter = lines.line;
      draw(lines.cursor);
    };
    input.on('keypress', onKey);
    lines.on('line', (line) => {
      const chosen = answersFor(line, choice)[active];
      // The line stays, for the user to correct.
      if (chosen === undefined) return lines.write(line);
      isAnswered = true;
      erase(terminal);
      output.write(`${style('cyan', `${choice.question}: `, output)}${harmless(chosen)}\n`);
      answer(chosen);
    });
    lines.once('close', () => {
      input.off('keypress', onKey);
      clearScreenDown(output);
    });
    draw(0);
  });
}

function erase({ output }: Terminal): void {
  cursorTo(output, 0);
  clearScreenDown(output);
}

/** The answers that contain each word of the text, then the text itself if it may be an answer. */
function answersFor(typed: string, { choices, own }: Choice): readonly string[] {
  const words = typed.toLowerCase().split(/\s+/);
  const found = choices.filter((answer) => words.every((word) => answer.toLowerCase().includes(word)));
  const written = typed.trim() === '' ? undefined : own?.(typed.trim());
  return written === undefined || found.includes(written) ? found : [...found, written];
}

/** The part of the list to show: all of it, or as many lines as fit around the chosen one. */
function page(list: readonly string[], active: number, rows: number): readonly string[] {
  const start = Math.max(0, Math.min(active - Math.floor(rows / 2), list.length - rows));
  return list.slice(start, start + rows);
}

async function chooseByNumber(choice: Choice, terminal: Terminal): Promise<string> {
  const { question, choices, own, nothingFound } = choice;
  for (const [index, answer] of choices.entries())
    terminal.output.write(`[${index + 1}] ${harmless(answer)}\n`);
  for (;;) {
    const typed = await ask(question, '1', terminal);
    const chosen = /^\d+$/.test(typed) ? choices[Number(typed) - 1] : own?.(typed);
    if (chosen !== undefined) return chosen;
    terminal.output.write(`${nothingFound}\n`);
  }
}
