import { defineProgram } from '../../command-line/option-table.ts';
import { program as agent } from '../oidc-agent/command-line.ts';

const {
  kill: _kill,
  'socket-path': _path,
  'pid-file': _file,
  json: _json,
  ...settings
} = agent.options['General:'];

/** The options of oidc-agent that set how it works, not its place or its end. */
export const agentOptions = settings;

export const program = defineProgram({
  name: 'oidc-keychain',
  argsDoc: '[--accounts ACCOUNT...]',
  doc: 'Start or find the agent that all shells share, and load accounts; evaluate the output with eval',
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  options: {
    'General:': {
      kill: { short: 'k', doc: 'End the agent' },
      accounts: { doc: 'Load the accounts that follow, unless they are loaded' },
    },
    'Options of oidc-agent, if oidc-keychain starts one:': agentOptions,
  },
});
