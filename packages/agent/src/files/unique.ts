/**
 * Twelve hexadecimal digits for a unique file name. They are not secret, so they do without node:crypto, which would
 * add 3 ms to an agent's start.
 */
export function uniqueDigits(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
}
