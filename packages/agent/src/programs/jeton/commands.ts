import type { ProgramSpec } from '../../command-line/options.ts';

/** A command of `jeton`: a module with its option table and its work, loaded when it is called. */
interface Command {
  /** One line for `jeton --help`. */
  readonly summary: string;
  readonly load: () => Promise<{ program: ProgramSpec; run: (argv: readonly string[]) => Promise<void> }>;
}

export const commands: Readonly<Record<string, Command>> = {
  'device-code': {
    summary: 'Get a token by logging in with a browser on any device',
    load: () => import('./commands/device-code.ts'),
  },
  password: {
    summary: 'Get a token with user name and password (deprecated)',
    load: () => import('./commands/password.ts'),
  },
  'client-credentials': {
    summary: "Get a token for a client itself, in nobody's name",
    load: () => import('./commands/client-credentials.ts'),
  },
  refresh: { summary: 'Get a token with a refresh token', load: () => import('./commands/refresh.ts') },
  exchange: { summary: 'Get a token for another token', load: () => import('./commands/exchange.ts') },
  inspect: {
    summary: 'Show what a token says, and whether its issuer says so',
    load: () => import('./commands/inspect.ts'),
  },
  introspect: {
    summary: 'Ask the issuer what a token is worth',
    load: () => import('./commands/introspect.ts'),
  },
  userinfo: { summary: 'Ask the issuer whose token it is', load: () => import('./commands/userinfo.ts') },
  revoke: { summary: 'Have the issuer revoke a token', load: () => import('./commands/revoke.ts') },
  register: { summary: 'Register a client', load: () => import('./commands/register.ts') },
  issuers: { summary: 'List the issuers that are known', load: () => import('./commands/issuers.ts') },
  completion: {
    summary: 'Print what makes a shell complete options',
    load: () => import('./commands/completion.ts'),
  },
};
