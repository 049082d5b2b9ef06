/**
 * Colours, for the user at a terminal only: never in a pipe, not with NO_COLOR (no-color.org), not on a dumb terminal.
 * OIDC_AGENT_NOCOLOR decides first: it turns them off, and with `0` on.
 */
export function coloured(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (!stream.isTTY) return false;
  const own = env.OIDC_AGENT_NOCOLOR;
  if (own) return own.startsWith('0');
  return !env.NO_COLOR && env.TERM !== 'dumb';
}

const codes = { red: 31, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

export type Colour = keyof typeof codes;

/** The text in a colour, if the stream takes colours; by default stderr, which has all messages for users. */
export function style(colour: Colour, text: string, stream: { isTTY?: boolean } = process.stderr): string {
  return coloured(stream) ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
