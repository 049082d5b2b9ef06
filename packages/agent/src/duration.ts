const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A span of time in words, to its two largest units: `1 hour 5 minutes`. Takes seconds, not negative. */
export function inWords(seconds: number): string {
  let rest = Math.floor(seconds);
  const words: string[] = [];
  for (const [index, [unit, length]] of UNITS.entries()) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
    const largest = UNITS.findIndex(([, size]) => seconds >= size);
    if (words.length > 0 && index >= largest + 1) break;
  }
  return words.join(' ') || '0 seconds';
}

/** The latest time that a Date can hold, in seconds. */
const LAST_DATE_SECONDS = 8.64e12;

/** Formats a NumericDate (RFC 7519 2) as a date with its distance: `2026-11-23T21:00:00Z (in 5 minutes)`. */
export function dateAndDistance(time: unknown, now: number): string {
  if (typeof time !== 'number' || !(Math.abs(time) <= LAST_DATE_SECONDS))
    return `${JSON.stringify(time)} (not a time)`;
  const date = new Date(time * 1000).toISOString().replace('.000', '');
  const distance = inWords(Math.abs(time - now));
  return `${date} (${time >= now ? `in ${distance}` : `${distance} ago`})`;
}
