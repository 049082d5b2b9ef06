import type { ProgramSpec } from '../../command-line/option-table.ts';

/** A command of `jeton`: a module with its option table and its work, loaded when it is called. */
interface Command {
  /** One line for `jeton --help`. */
  readonly summary: string;
  readonly load: () => Promise<{ program: ProgramSpec; run: (argv: readonly string[]) => Promise<void> }>;
}

export const commands: Readonly<Record<string, Command>> = {
  login: {
    summary: 'Log in, and keep the login in an account',
    load: () => import('./commands/login.ts'),
  },
  'device-code': {
    summary: 'Get a token by logging in with a browser on any device',
    load: () => import('./commands/device-code.ts'),
  },
  password: {
    summary: 'Get a token with user name and password (deprecated)',
    load: () => import('./commands/password.ts'),
  },
  'client-credentials': {
    summary: 'Get a token for a client itself, without a user',
    load: () => import('./commands/client-credentials.ts'),
  },
  refresh: { summary: 'Get a token with a refresh token', load: () => import('./commands/refresh.ts') },
  exchange: { summary: "Exchange another client's token", load: () => import('./commands/exchange.ts') },
  inspect: {
    summary: 'Decode a token, and verify it with the keys of its issuer',
    load: () => import('./commands/inspect.ts'),
  },
  introspect: {
    summary: 'Introspect a token at its issuer',
    load: () => import('./commands/introspect.ts'),
  },
  userinfo: { summary: 'Show the user of a token', load: () => import('./commands/userinfo.ts') },
  revoke: { summary: 'Revoke a token at its issuer', load: () => import('./commands/revoke.ts') },
  register: { summary: 'Register a client', load: () => import('./commands/register.ts') },
  issuers: { summary: 'List the known issuers', load: () => import('./commands/issuers.ts') },
  completion: {
    summary: 'Print a shell completion script',
    load: () => import('./commands/completion.ts'),
  },
};
