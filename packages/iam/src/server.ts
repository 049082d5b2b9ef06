import { createApp } from './app.ts';
import { Behaviour } from './behaviour/behaviour.ts';
import { type IssuerName, likenessTo } from './behaviour/issuers.ts';
import { RequestLog } from './behaviour/request-log.ts';
import type { BehaviourInput } from './behaviour/rules.ts';
import type { Client } from './clients/clients.ts';
import { testClients } from './clients/test-clients.ts';
import type { Control } from './control.ts';
import { DEFAULT_HOST, isLoopback, listen } from './http/listener.ts';
import { type ControlAccess, defaultLifetimes, type Iam, type Lifetimes } from './iam.ts';
import { loadOidcProvider } from './oidc-provider/provider.ts';
import { EXTERNAL_LOGIN_PATH } from './pages/login/external-login.ts';
import { type ExchangePolicy, permitAllExchanges } from './policies/exchange-policies.ts';
import { permitAllScopes, type ScopePolicy } from './policies/scope-policies.ts';
import type { ProfileName } from './profiles/profiles.ts';
import type { Clock } from './state/expiring-map.ts';
import { openSqliteStore } from './state/sqlite-store.ts';
import { createState, sweep } from './state/state.ts';
import { memoryStore } from './state/store.ts';
import { signingKey } from './tokens/keys.ts';
import { createScopeRegistry, type SystemScope, systemScopes } from './tokens/scopes.ts';
import { createExternalProvider, type ExternalProviderOptions } from './users/external-provider.ts';
import { PasswordLogins } from './users/password-logins.ts';
import { createUserDirectory, testUsers, type User } from './users/users.ts';

export interface ServerOptions {
  /** The port to listen on; 0, the default, picks a free one. */
  readonly port?: number;
  /** The address to listen on; a loopback address, the default, means both 127.0.0.1 and ::1. */
  readonly host?: string;
  /**
   * The URL under which clients know jeton-iam, by default `http://localhost:<port>/`. If it lacks the slash at the end, so does the
   * issuer in access tokens, as in IAM; everywhere else jeton-iam adds the slash.
   */
  readonly issuer?: string;
  /** A certificate with its chain, and its key, both as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The username of the user in whose name jeton-iam approves all requests without a browser. */
  readonly autoApprove?: string;
  /** The users, by default the test users. */
  readonly users?: readonly User[];
  /** The token profile of clients that have none of their own, by default `wlcg`. */
  readonly profile?: ProfileName;
  /** Clients in addition to the test clients. */
  readonly clients?: readonly Client[];
  /** Scopes in addition to IAM's own; a scope with the same name replaces IAM's. */
  readonly scopes?: readonly SystemScope[];
  /** Replace the default policy, which permits everything to all users. */
  readonly scopePolicies?: readonly ScopePolicy[];
  /** Replace the default policy, which permits every exchange. */
  readonly exchangePolicies?: readonly ExchangePolicy[];
  /** Lifetimes in seconds that differ from IAM's. */
  readonly lifetimes?: Partial<Lifetimes>;
  readonly now?: Clock;
  /** An SQLite file that keeps the state, so that a restart loses nothing; by default jeton-iam keeps it in memory. */
  readonly data?: string;
  /** Another issuer to imitate; other options override its settings. */
  readonly like?: IssuerName;
  /** How it differs from IAM. */
  readonly behaviour?: BehaviourInput;
  /** Another OpenID provider at which users may log in. */
  readonly external?: ExternalProviderOptions;
  /** Lets clients register at `/register`, as before IAM 1.8, and has discovery say so. */
  readonly legacyRegister?: boolean;
  /** The bearer token that programs must send to the endpoints below `/dev/`, from any machine. */
  readonly controlToken?: string;
  /** Gets a line for each request, and the stack trace of each unexpected error. */
  readonly log?: (line: string) => void;
}

export interface RunningServer {
  /** Ends in a slash. */
  readonly issuer: string;
  readonly port: number;
  /** Changes the behaviour, decides device codes and lists the latest requests. */
  readonly control: Control;
  /** Stops at once and closes open connections. */
  close(): Promise<void>;
}

/** How often jeton-iam frees what has expired. */
const SWEEP_INTERVAL_MS = 300_000;

/**
 * Starts an IAM in this process. It answers requests when the promise resolves.
 * @throws Error with `code` EADDRINUSE and the like if it cannot listen, or if `autoApprove` names no user
 */
export async function startServer(given: ServerOptions = {}): Promise<RunningServer> {
  const options = given.like === undefined ? given : { ...given, ...likenessTo(given.like, given) };
  const users = createUserDirectory(options.users ?? testUsers);
  const autoApprove = options.autoApprove === undefined ? undefined : users.byUsername(options.autoApprove);
  if (options.autoApprove !== undefined && autoApprove === undefined) {
    const names = users.all.map(({ username }) => username).join(', ');
    throw new Error(`there is no user '${options.autoApprove}'; the users are: ${names}`);
  }
  const behaviour = new Behaviour(options.behaviour);
  const clock = options.now ?? (() => Date.now() / 1000);
  const now = () => clock() + behaviour.settings.clock;

  const store = options.data === undefined ? memoryStore : await openSqliteStore(options.data);
  const state = createState(now, store);
  const { keys, ...tables } = state;

  // These are slow, so they run in parallel.
  const [listener, key, oidcProvider] = await Promise.all([
    listen(options),
    signingKey(keys),
    loadOidcProvider(),
  ]).catch((error: unknown) => {
    store.close();
    throw error;
  });
  const scheme = options.tls === undefined ? 'http' : 'https';
  const accessTokenIssuer = options.issuer ?? `${scheme}://localhost:${listener.port}/`;
  const issuer = withSlash(accessTokenIssuer);
  const iam: Iam = {
    issuer,
    accessTokenIssuer,
    now,
    key,
    users,
    passwordLogins: new PasswordLogins(users, now),
    scopes: createScopeRegistry(scopesWith(options.scopes ?? [])),
    defaultProfile: options.profile ?? 'wlcg',
    lifetimes: { ...defaultLifetimes, ...options.lifetimes },
    ...tables,
    store,
    autoApprove,
    external:
      options.external === undefined
        ? undefined
        : createExternalProvider(options.external, `${issuer}${EXTERNAL_LOGIN_PATH.slice(1)}`),
    legacyRegister: options.legacyRegister ?? false,
    onlyLoopback: isLoopback(options.host ?? DEFAULT_HOST),
    controlAccess: controlAccess(options),
    behaviour,
    requests: new RequestLog(),
  };
  furnish(iam, options);
  store.commit();

  const app = createApp(oidcProvider, iam, options.log ?? (() => {}));
  const sweeper = setInterval(() => {
    sweep(state);
    iam.passwordLogins.sweep();
    store.commit();
    app.sweep();
  }, SWEEP_INTERVAL_MS).unref();
  listener.answerWith((request, response) => app.handle(request, response));
  return {
    issuer: iam.issuer,
    port: listener.port,
    control: app.control,
    close: async () => {
      clearInterval(sweeper);
      await listener.close();
      store.close();
    },
  };
}

/** Adds the clients and policies of the start. The state of an earlier start has precedence. */
function furnish(
  iam: Pick<Iam, 'clients' | 'exchangePolicies' | 'now' | 'scopePolicies' | 'scopes'>,
  options: ServerOptions,
): void {
  const isFirstStart = iam.clients.size === 0;
  const clients = [...testClients(iam.scopes.offered), ...(options.clients ?? [])];
  for (const [id, client] of new Map(clients.map((one) => [one.client_id, one]))) {
    if (iam.clients.get(id) === undefined) iam.clients.set(id, client);
  }
  if (!isFirstStart) return;
  for (const policy of options.scopePolicies ?? [permitAllScopes(iam.now())]) {
    iam.scopePolicies.set(String(policy.id), policy);
  }
  for (const policy of options.exchangePolicies ?? [permitAllExchanges(iam.now())]) {
    iam.exchangePolicies.set(String(policy.id), policy);
  }
}

/** Without a token, only programs on this machine may use the control endpoints, or none if other machines can reach jeton-iam. */
function controlAccess({ controlToken, host = DEFAULT_HOST }: ServerOptions): ControlAccess {
  if (controlToken !== undefined) return { token: controlToken };
  return isLoopback(host) ? 'this machine' : 'off';
}

function scopesWith(added: readonly SystemScope[]): SystemScope[] {
  return [...new Map([...systemScopes, ...added].map((scope) => [scope.value, scope])).values()];
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
