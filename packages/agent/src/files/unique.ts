/**
 * Twelve hexadecimal digits for the name of a file that nobody else is to make at the same time. They are no secret:
 * node:crypto, which would take 3 ms of an agent's start, is not worth it.
 */
export function uniqueDigits(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
}
