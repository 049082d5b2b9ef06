import { defineProgram } from '../../command-line/options.ts';
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
  doc: 'Start oidc-agent, or find the one that runs, and load accounts; its output is for eval',
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  options: {
    'General:': {
      kill: { short: 'k', doc: 'End the agent' },
      accounts: { doc: 'Load the accounts that follow, if they are not loaded' },
    },
    'Options of oidc-agent, for when it has to be started:': agentOptions,
  },
});
