/** The request table: how the agent handles each request of docs/protocol.md. */
import { type Answer, BadRequest, errorTexts, type RequestName, type RequestOf } from '@jeton/protocol';
import { parseAccount } from '../../accounts/account.ts';
import { secondsUntil, systemClock } from '../../concurrency/clock.ts';
import { didYouMean } from '../../nearest.ts';
import { Secret } from '../../secret.ts';
import { hasDesktop } from '../../terminal/desktop/desktop.ts';
import { Accounts } from '../accounts/accounts.ts';
import { ExpectedAccounts } from '../accounts/expected-accounts.ts';
import { areListsBusy, listsWritten, unlist } from '../accounts/listed-accounts.ts';
import { AccountLookup } from '../accounts/lookup/account-lookup.ts';
import { AgentLock, agentLocked } from '../agent-lock/agent-lock.ts';
import { RequestFailure } from '../failure.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler, Visitor } from '../socket/connection.ts';
import { ownerDoor } from '../socket/door.ts';
import { accountInfo } from './account-info.ts';
import { addAccount } from './add-account.ts';
import { AgentState } from './agent-state.ts';
import type { LoginRequests } from './for-c-clients/login-requests.ts';
import { MemoryFiles } from './for-c-clients/memory-files.ts';
import { loadInAdvance } from './in-advance.ts';
import { type ReadyAnswers, readyAnswers } from './ready-answers.ts';
import { statusJson, statusText } from './status.ts';
import { TokenRequests } from './token-requests.ts';
import { UserPrompt } from './user-prompt.ts';

type Table = {
  [Name in RequestName]: (request: RequestOf<Name>, client: Visitor) => Answer | Promise<Answer>;
};

/** Seconds after which an agent that may sleep loads what it may need later: one that will sleep before is not to load it. */
const LOAD_AFTER_SECONDS = 30;

/** The requests that a locked agent still answers. */
const ANSWERED_WHEN_LOCKED: readonly RequestName[] = ['check', 'account_info', 'unlock'];

export class Handlers {
  readonly #settings: AgentSettings;
  readonly #onChange: () => void;
  readonly #accounts = new Accounts(
    () => this.#loadInAdvance(),
    () => this.#onChange(),
  );
  readonly #expected = new ExpectedAccounts();
  readonly #agentLock = new AgentLock();
  readonly #files = new MemoryFiles();
  readonly #state = new AgentState(this.#accounts, this.#agentLock, this.#files);
  #loginRequests: Promise<LoginRequests> | undefined;
  /** The same, as soon as it is there. */
  #loadedLogins: LoginRequests | undefined;
  readonly #prompt: UserPrompt;
  readonly #tokens: TokenRequests;

  /** @param onChange called when something has changed that must survive the end of this process: see `snapshot` */
  constructor(settings: AgentSettings, prompt = new UserPrompt(), onChange: () => void = () => undefined) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#prompt = prompt;
    const askPassword = hasDesktop() ? prompt.password.bind(prompt) : undefined;
    const options = { ...settings, confirm: settings.confirm === true, askPassword };
    const lookup = new AccountLookup(this.#accounts, options);
    this.#tokens = new TokenRequests(this.#accounts, lookup, settings, prompt);
  }

  readonly handle: Handler = (request, client) => {
    if (this.#agentLock.isLocked && !ANSWERED_WHEN_LOCKED.includes(request.request)) throw agentLocked();
    const handler: (request: never, client: Visitor) => Answer | Promise<Answer> =
      this.#table[request.request];
    return handler(request as never, client);
  };

  /** One that will sleep soon has no time for it, and starts from newer files the next time. */
  #loadInAdvance(): void {
    if (this.#settings.sleepAfterSeconds === undefined) void loadInAdvance();
    else systemClock.after(LOAD_AFTER_SECONDS, () => void loadInAdvance());
  }

  /** See `AgentState`. */
  snapshot(): string | undefined {
    return this.#state.snapshot();
  }

  /** Goes on with a snapshot of another process: see `AgentState`. */
  resume(snapshot: string, used: ReadonlySet<string>): void {
    this.#state.resume(snapshot, used);
  }

  /** Whether another process could go on: nothing is in progress but requests whose clients are connected, and all is saved. */
  get isIdle(): boolean {
    return (
      !this.#expected.areExpected &&
      this.#loadedLogins?.isIdle !== false &&
      !areListsBusy() &&
      (this.#agentLock.isLocked ? this.#agentLock.serialized !== undefined : this.#accounts.areIdle)
    );
  }

  /** Seconds until there is something to do without a request: a renewal, or the end of an account's lifetime. */
  get nextDueIn(): number {
    const renewals = this.#accounts.loaded.flatMap(({ grant }) => grant.nextRenewalIn ?? []);
    const ends = this.#accounts.loaded.flatMap(({ ends }) => ends ?? []);
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...renewals,
      ...ends.map((end) => secondsUntil(end, systemClock)),
    );
  }

  get isLocked(): boolean {
    return this.#agentLock.isLocked;
  }

  /** The answers that can be given without this process; see `ready-answers.ts`. */
  ready(): ReadyAnswers {
    return readyAnswers(this.isLocked ? undefined : this.#accounts.loaded, this.#settings);
  }

  /** Finishes the requests in progress, starts no new ones, and saves every unsaved refresh token. */
  async close(): Promise<void> {
    this.#prompt.close();
    await (await this.#loginRequests)?.close();
    await this.#accounts.removeAll();
    await listsWritten();
  }

  readonly #table: Table = {
    check: ({ pid }, { door }) => {
      if (!pid || door !== ownerDoor) return { status: 'success' };
      const { pid: known = process.pid } = this.#settings;
      // The process that had started this one was killed, and this one only finishes its work.
      if (known !== process.pid && known !== process.ppid) throw new RequestFailure('the agent is ending');
      return { status: 'success', info: { pid: known } };
    },
    loaded_accounts: () => ({ status: 'success', info: this.#accounts.names }),
    account_info: async () => ({ status: 'success', info: await accountInfo(this.#accounts.names) }),
    status: () => ({ status: 'success', info: statusText(this.#settings, this.#accounts.loaded) }),
    status_json: () => ({ status: 'success', info: statusJson(this.#settings, this.#accounts.loaded) }),

    access_token: (request, client) => this.#tokens.accessToken(request, client),
    id_token: (request, client) => this.#tokens.idToken(request, client),
    mytoken: (request, client) => this.#tokens.mytoken(request, client),
    mytoken_supported_providers: async (request) =>
      (await import('./for-c-clients/mytoken-requests.ts')).supportedProviders(request),

    add: async (request) => {
      const answer = await addAccount(request, this.#accounts, this.#expected, this.#settings);
      this.#onChange();
      return answer;
    },

    remove: async ({ account, keep_options: isExpected }) => {
      if (account === undefined) {
        throw new RequestFailure(
          'Bad Request: Have to provide shortname of the account config that should be removed.',
        );
      }
      const options = this.#accounts.get(account)?.options;
      if (await this.#accounts.forget(account)) {
        if (isExpected && options !== undefined) this.#expected.expect(account, options);
        return { status: 'success' };
      }
      throw new RequestFailure(errorTexts.accountNotLoaded, [
        ...didYouMean(account, this.#accounts.names),
        'list the loaded accounts: oidc-add -a',
      ]);
    },

    gen: async (request, client) =>
      (await this.#logins()).gen({ ...request, config: this.#trusting(request.config) }, client),
    reauthenticate: async (request, client) => (await this.#logins()).reauthenticate(request, client),
    device: async (request, client) => (await this.#logins()).device(request, client),
    code_exchange: async (request, client) => (await this.#logins()).codeExchange(request, client),
    state_lookup: async (request, client) => (await this.#logins()).stateLookup(request, client),
    term_http_server: async (request) => (await this.#logins()).endWebServer(request),

    register: async (request) => {
      const { config } = request;
      if (typeof config.name === 'string' && this.#accounts.get(config.name) !== undefined) {
        throw new RequestFailure(
          'An account with this shortname is already loaded. I will not register a new one.',
        );
      }
      return await (await import('./for-c-clients/client-requests.ts')).register({
        ...request,
        config: this.#trusting(config),
      });
    },
    scopes: async (request) =>
      (await import('./for-c-clients/client-requests.ts')).scopesOf(this.#trusting(request)),
    delete_client: async (request) =>
      (await import('./for-c-clients/client-requests.ts')).removeClient(this.#trusting(request)),
    delete: async (request, client) => {
      const account = parseAccount(JSON.stringify(this.#trusting(request.config)));
      await (await import('./for-c-clients/client-requests.ts')).revoke(account, this.#accounts, client.gone);
      unlist(account);
      return { status: 'success' };
    },

    file_write: ({ filename = '', data = '' }) => {
      this.#files.write(filename, data);
      this.#onChange();
      return { status: 'success' };
    },
    file_read: ({ filename = '' }) => ({ status: 'success', data: this.#files.read(filename) }),
    file_remove: ({ filename = '' }) => {
      this.#files.remove(filename);
      this.#onChange();
      return { status: 'success' };
    },

    lock: async ({ password }) => {
      await this.#agentLock.lock(new Secret(required(password)), () => this.#accounts.serialize());
      this.#onChange();
      this.#prompt.withdrawAll(agentLocked());
      return { status: 'success', info: 'Agent locked' };
    },

    unlock: async ({ password }) => {
      try {
        this.#accounts.restore(await this.#agentLock.unlock(new Secret(required(password))));
      } finally {
        // Also wrong passwords count.
        this.#onChange();
      }
      return { status: 'success', info: 'Agent unlocked' };
    },

    remove_all: async () => {
      await this.#accounts.forgetAll();
      return { status: 'success' };
    },
  };

  /** Loaded on first use: most agents never perform a login. */
  #logins(): Promise<LoginRequests> {
    this.#loginRequests ??= import('./for-c-clients/login-requests.ts').then(({ LoginRequests }) => {
      this.#loadedLogins = new LoginRequests(this.#accounts, this.#settings, this.#prompt);
      return this.#loadedLogins;
    });
    return this.#loginRequests;
  }

  /** Adds the default certificates to a request that names none. */
  #trusting<Request extends { readonly cert_path?: unknown }>(request: Request): Request {
    return { ...request, cert_path: request.cert_path || this.#settings.certPath };
  }
}

function required(password: string | undefined): string {
  if (password === undefined) throw new BadRequest('Bad Request: password is missing');
  return password;
}
