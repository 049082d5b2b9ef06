// What the person sees of a command, and types into it.
/** @import { IPty } from '@lydell/node-pty' */
import { stripVTControlCharacters } from 'node:util';

const { isTTY = false } = process.stdout;

/** What a command prints: shown as it comes to a terminal, in plain lines to anything else. */
export class Screen {
  /** All of it, without control sequences. */
  text = '';
  /** What was printed since the last answer. */
  unanswered = '';
  #mask;
  #held = '';

  /** @param {string[]} mask JSON members whose values are not shown */
  constructor(mask) {
    this.#mask = mask.length > 0 ? new RegExp(`("(?:${mask.join('|')})":\\t")[^"]*"`, 'g') : undefined;
  }

  /** @param {string} data */
  show(data) {
    this.text += plain(data);
    this.unanswered += plain(data);
    this.#held += data;
    // What is to be masked may come in pieces.
    if (this.#mask !== undefined && this.#held.includes('{')) return;
    if (isTTY) this.#release(this.#held.length);
    else this.#release(this.#held.lastIndexOf('\n') + 1);
  }

  end() {
    this.#release(this.#held.length);
  }

  /** @param {number} length of what is shown now, in characters */
  #release(length) {
    const shown = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    const masked = this.#mask === undefined ? shown : shown.replace(this.#mask, '$1*****"');
    process.stdout.write(isTTY ? masked : finalLines(masked));
  }
}

/**
 * The final lines, without text that the program has overwritten, such as a countdown or a prompt.
 *
 * @param {string} text
 */
function finalLines(text) {
  const redraws = ['\r\u001b[K', '\u001b[1G\u001b[0J'];
  /** @param {string} line */
  const final = (line) => redraws.reduce((rest, redraw) => rest.split(redraw).at(-1) ?? '', line);
  return text
    .split('\n')
    .map((line) => plain(final(line)))
    .join('\n');
}

/** @param {string} text */
const plain = (text) => stripVTControlCharacters(text).replaceAll('\r', '');

/** Passes what the person types on to a command, key by key. */
export class Keyboard {
  #pass;

  /** @param {IPty} child */
  constructor(child) {
    /** @param {string} data */
    this.#pass = (data) => child.write(data);
    process.stdin.setRawMode(true).setEncoding('utf8').on('data', this.#pass).resume();
  }

  release() {
    process.stdin.off('data', this.#pass).setRawMode(false).pause();
  }
}
