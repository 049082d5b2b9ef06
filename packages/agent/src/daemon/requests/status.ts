import { clientSecretExpiry } from '../../accounts/secret-expiry.ts';
import { secondsUntil, systemClock } from '../../concurrency/clock.ts';
import { expiryOf } from '../../oauth/grants/tokens.ts';
import { localTime } from '../../terminal/local-time.ts';
import { OIDC_AGENT_VERSION } from '../../version.ts';
import type { LoadedAccount } from '../accounts/loaded-account.ts';
import type { RefreshOutcome } from '../grant/grant.ts';
import type { AgentSettings } from '../settings.ts';
import { groupSocketOf } from '../socket/socket-place.ts';

/** The status of an account as `--status` prints it; never a secret. Times are seconds since the epoch, rounded. */
interface AccountStatus {
  readonly name: string;
  readonly issuer: string;
  readonly loaded_at: number;
  /** When the agent forgets the account. */
  readonly unloaded_at: number | undefined;
  /** Whether the agent asks its owner before a program gets a token. */
  readonly confirm: boolean;
  readonly always_allow_id_token: boolean;
  /** When the refresh token expires, if the issuer says so. */
  readonly grant_expires_at: number | undefined;
  /** When the client secret expires. */
  readonly client_secret_expires_at: number | undefined;
  readonly last_refresh: RefreshOutcome | undefined;
  /** The number of requests that wait for the issuer. */
  readonly waiting: number;
  /** Why the newest refresh token is not on disk. */
  readonly save_failure: string | undefined;
  /** Whether the account has no file on purpose: a new refresh token is lost when the agent ends. */
  readonly in_memory_only: boolean;
  readonly tokens: readonly {
    readonly scope: string | undefined;
    readonly audience: string | undefined;
    readonly expires_at: number;
    /** When the agent renews the token by itself. */
    readonly renewed_at: number | undefined;
  }[];
}

/** The output of `oidc-agent --status`: first the lines of the C agent in their layout, then the accounts. */
export function statusText(settings: AgentSettings, loaded: readonly LoadedAccount[]): string {
  const banner = '#'.repeat(36);
  const accounts = loaded.map(accountStatus);
  return `${banner}
##       oidc-agent status        ##
${banner}

This agent is running version ${OIDC_AGENT_VERSION}.

This agent was started with the following options:
Lifetime:\t\t${settings.lifetime > 0 ? `${settings.lifetime} seconds` : 'Forever'}
Confirm:\t\t${settings.confirm === true}
Autoload:\t\t${settings.autoload}
Auto Re-authenticate:\tfalse
Use custom URI scheme:\t${settings.customScheme}
Webserver:\t\t${settings.webserver}
Allow ID-Token:\t\t${settings.alwaysAllowIdToken}
Group:\t\t\t${settings.group?.name ?? false}${settings.group ? `\nGroup's socket:\t\t${groupSocket(settings)}` : ''}
Daemon:\t\t\t${!settings.console}
Log Debug:\t\t${settings.debug === true}
Log to stderr:\t\t${settings.logStderr === true}
${settings.deaths ? `Died and restarted:\t${settings.deaths} times\n` : ''}
Currently there are ${loaded.length} accounts loaded: ${accounts.map(({ name }) => name).join(', ')}

${accounts.map(accountText).join('\n')}`;
}

/** The output of `oidc-agent --status --json`. */
export function statusJson(settings: AgentSettings, loaded: readonly LoadedAccount[]): object {
  const { lifetime, confirm, autoload, alwaysAllowIdToken, console, webserver, customScheme, group } =
    settings;
  const options = [
    lifetime > 0 ? `--lifetime=${lifetime}` : '',
    confirm ? '--confirm' : '',
    autoload ? '' : '--no-autoload',
    customScheme ? '' : '--no-scheme',
    webserver ? '' : '--no-webserver',
    alwaysAllowIdToken ? '--always-allow-idtoken' : '',
    group ? `--with-group=${group.name}` : '',
    console ? '--console' : '',
    settings.restartOnUpdate ? '--restart-on-update' : '',
    settings.debug ? '--debug' : '',
    settings.logStderr ? '--log-stderr' : '',
  ];
  const accounts = loaded.map(accountStatus);
  return {
    version: OIDC_AGENT_VERSION,
    command_line_options: options.filter((option) => option !== '').join(' '),
    loaded_accounts: accounts.map(({ name }) => name),
    pid: settings.pid ?? process.pid,
    deaths: settings.deaths || undefined,
    group_socket: groupSocket(settings),
    systemd_socket: settings.systemdSockets === undefined ? undefined : true,
    accounts,
  };
}

/** The path of the socket for the group's members. */
function groupSocket({ group, socketPaths: [path] }: AgentSettings): string | undefined {
  return group && groupSocketOf(path);
}

function accountStatus({ grant, loadedAt, ends, confirm, alwaysAllowIdToken }: LoadedAccount): AccountStatus {
  const { account, saveFailure, state } = grant;
  const { lastRefresh, waiting, tokens } = state;
  const now = Date.now() / 1000;
  return {
    name: account.name,
    issuer: account.issuer_url,
    loaded_at: Math.round(loadedAt / 1000),
    unloaded_at: rounded(ends && now + secondsUntil(ends, systemClock)),
    confirm,
    always_allow_id_token: alwaysAllowIdToken,
    grant_expires_at: rounded(account.refresh_token && expiryOf(account.refresh_token)),
    client_secret_expires_at: clientSecretExpiry(account),
    last_refresh: lastRefresh && { at: Math.round(lastRefresh.at), error: lastRefresh.error },
    waiting,
    save_failure: saveFailure?.message,
    in_memory_only: grant.inMemoryOnly,
    tokens: tokens.map(({ scope, audience, validFor, renewedIn }) => ({
      scope,
      audience,
      expires_at: Math.round(now + validFor),
      renewed_at: renewedIn === undefined ? undefined : Math.round(now + renewedIn),
    })),
  };
}

const rounded = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds));

function accountText(status: AccountStatus): string {
  const { name, issuer, last_refresh: refresh, waiting, save_failure: failure } = status;
  const lines = [
    `loaded ${localTime(status.loaded_at)}`,
    status.unloaded_at && `unloaded ${localTime(status.unloaded_at)}`,
    status.confirm && 'asks before a program gets a token',
    status.always_allow_id_token && 'gives its ID tokens without asking',
    status.grant_expires_at && `login ends ${localTime(status.grant_expires_at)}`,
    status.client_secret_expires_at && `client secret ends ${localTime(status.client_secret_expires_at)}`,
    refresh && `last refresh ${localTime(refresh.at)}: ${refresh.error ?? 'success'}`,
    waiting > 0 && `waiting for the issuer: ${waiting}`,
    failure && `refresh token not saved: ${failure}`,
    status.in_memory_only && 'in memory only: it has no file to save a new refresh token in',
    ...status.tokens.map(tokenText),
  ];
  return [`${name} (${issuer})`, ...lines.filter(Boolean).map((line) => `  ${line}`), ''].join('\n');
}

function tokenText({ scope, audience, expires_at, renewed_at }: AccountStatus['tokens'][number]): string {
  const which = [scope, audience && `for ${audience}`].filter(Boolean).join(' ') || 'as configured';
  const renewal = renewed_at ? `, renewed ${localTime(renewed_at)}` : '';
  return `token ${which}: valid until ${localTime(expires_at)}${renewal}`;
}
