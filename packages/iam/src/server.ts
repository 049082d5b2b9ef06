import { createApp } from './app.ts';
import { Behaviour } from './behaviour/behaviour.ts';
import { type IssuerName, likenessTo } from './behaviour/issuers.ts';
import { RequestLog } from './behaviour/request-log.ts';
import type { BehaviourInput } from './behaviour/rules.ts';
import { type Client, testClients } from './clients/clients.ts';
import type { Control } from './control.ts';
import { isLoopback, listen } from './http/listener.ts';
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

export interface IamOptions {
  /** 0, the default, picks a free one. */
  readonly port?: number;
  /** The address to listen on. A loopback address, the default, stands for all of them. */
  readonly host?: string;
  /**
   * The URL under which clients know this IAM, by default `http://localhost:<port>/`. As in IAM, without a slash at its end it is
   * so in access tokens only.
   */
  readonly issuer?: string;
  /** A certificate with its chain, and its key, both as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The username of the user in whose name jeton-iam approves all requests without a browser. */
  readonly autoApprove?: string;
  /** Instead of the test users. */
  readonly users?: readonly User[];
  /** The token profile of clients that have none of their own, by default `wlcg`. */
  readonly profile?: ProfileName;
  /** Besides the test clients. */
  readonly clients?: readonly Client[];
  /** Besides IAM's own; one with the name of another takes its place. */
  readonly scopes?: readonly SystemScope[];
  /** Replace the default policy, which permits everything to all users. */
  readonly scopePolicies?: readonly ScopePolicy[];
  /** Instead of the one that lets every exchange pass. */
  readonly exchangePolicies?: readonly ExchangePolicy[];
  /** Seconds, where they are to differ from IAM's. */
  readonly lifetimes?: Partial<Lifetimes>;
  readonly now?: Clock;
  /** An SQLite file that keeps the state, so that a restart loses nothing; without one it is in memory. */
  readonly data?: string;
  /** Another issuer, as which it is to behave in place of IAM; what other options say goes before. */
  readonly like?: IssuerName;
  /** How it is to be unlike IAM. */
  readonly behaviour?: BehaviourInput;
  /** Another OpenID provider at which people may log in. */
  readonly external?: ExternalProviderOptions;
  /** Lets clients register at `/register`, as before IAM 1.8, and has discovery say so. */
  readonly legacyRegister?: boolean;
  /** With it, only programs that send it as a bearer token may use the endpoints below `/dev/`, from any machine. */
  readonly controlToken?: string;
  /** Takes a line for every request, and the trace of every failure that was not foreseen. */
  readonly log?: (line: string) => void;
}

export interface RunningIam {
  /** Ends in a slash. */
  readonly issuer: string;
  readonly port: number;
  /** Changes how it behaves, decides device codes, and knows the requests of late. */
  readonly control: Control;
  /** Ends at once, open connections included. */
  close(): Promise<void>;
}

/** How often expired things are freed, in milliseconds. */
const SWEEP_INTERVAL_MS = 300_000;

/**
 * Starts an IAM in this process; when the promise is fulfilled it answers.
 * @throws Error with `code` EADDRINUSE and the like when it cannot listen, or when `autoApprove` names no user
 */
export async function startIam(given: IamOptions = {}): Promise<RunningIam> {
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

  // The slow parts of the start run beside each other.
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

/** Puts in place what is there from the start. What is kept from an earlier one has precedence. */
function furnish(
  iam: Pick<Iam, 'clients' | 'exchangePolicies' | 'now' | 'scopePolicies' | 'scopes'>,
  options: IamOptions,
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

/** Without a token, only programs on this machine may use the control endpoints, and none may if other machines reach this IAM. */
function controlAccess({ controlToken, host = '127.0.0.1' }: IamOptions): ControlAccess {
  if (controlToken !== undefined) return { token: controlToken };
  return isLoopback(host) ? 'this machine' : 'off';
}

function scopesWith(added: readonly SystemScope[]): SystemScope[] {
  return [...new Map([...systemScopes, ...added].map((scope) => [scope.value, scope])).values()];
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
