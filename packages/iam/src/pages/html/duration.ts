const UNITS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
];

/** A duration in words, rounded down, in the largest unit of which it has at least two or a whole number: "90 minutes", "1 hour". */
export function inWords(duration: number): string {
  const seconds = Math.max(0, Math.floor(duration));
  const unit = UNITS.find(
    (one) => seconds >= 2 * one.seconds || (seconds >= one.seconds && seconds % one.seconds === 0),
  );
  const count = Math.floor(seconds / (unit?.seconds ?? 1));
  return `${count} ${unit?.name ?? 'second'}${count === 1 ? '' : 's'}`;
}
