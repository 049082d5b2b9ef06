import { OIDC_AGENT_VERSION } from '@jeton/client/version';
import type { AgentSettings } from './settings.ts';

/** The text that `oidc-agent --status` prints, laid out as the C agent does. */
export function statusText(settings: AgentSettings, loadedAccounts: readonly string[]): string {
  const banner = '#'.repeat(36);
  return `${banner}
##       oidc-agent status        ##
${banner}

This agent is running version ${OIDC_AGENT_VERSION}.

This agent was started with the following options:
Lifetime:\t\t${settings.lifetime > 0 ? `${settings.lifetime} seconds` : 'Forever'}
Confirm:\t\tfalse
Autoload:\t\t${settings.autoload}
Auto Re-authenticate:\tfalse
Use custom URI scheme:\tfalse
Webserver:\t\tfalse
Allow ID-Token:\t\t${settings.alwaysAllowIdToken}
Group:\t\t\tfalse
Daemon:\t\t\t${!settings.console}
Log Debug:\t\tfalse
Log to stderr:\t\tfalse

Currently there are ${loadedAccounts.length} accounts loaded: ${loadedAccounts.join(', ')}

`;
}

/** What `oidc-agent --status --json` prints. */
export function statusJson(settings: AgentSettings, loadedAccounts: readonly string[]): object {
  const { lifetime, autoload, alwaysAllowIdToken, console } = settings;
  const options = [
    lifetime > 0 ? `--lifetime=${lifetime}` : '',
    autoload ? '' : '--no-autoload',
    alwaysAllowIdToken ? '--always-allow-idtoken' : '',
    console ? '--console' : '',
  ];
  return {
    version: OIDC_AGENT_VERSION,
    command_line_options: options.filter((option) => option !== '').join(' '),
    loaded_accounts: loadedAccounts,
  };
}
