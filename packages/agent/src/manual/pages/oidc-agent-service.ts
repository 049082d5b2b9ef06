import { program } from '../../programs/oidc-agent-service/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Starts, finds and ends the one agent of all shells. The output is for eval: it sets OIDC_SOCK, OIDCD_PID and OIDCD_PID_FILE, or unsets them.',
    'The command use starts the agent or finds the one that runs; start fails if one is running. The command restart ends the agent and starts another one with the same options, restart-s does so without output. The commands stop and kill end it. The command start-from-x is use, for the start of a desktop.',
    'Most people need no service: oidc-agent by itself finds the agent that runs, and programs find it without OIDC_SOCK.',
  ],
  environment: [
    'OIDC_AGENT',
    'OIDC_AGENT_OPTS',
    'OIDC_AGENT_RESTART_WITH_SAME_OPTS',
    'START_AGENT_WITH_XSESSION',
    'OIDC_CONFIG_DIR',
    'TMPDIR',
  ],
  files: ['~/.config/oidc-agent/oidc-agent-service.options', '/etc/oidc-agent/oidc-agent-service.options'],
  examples: [
    ['eval "$(oidc-agent-service use)"', 'In ~/.profile: start the agent, or find it.'],
    ['eval "$(oidc-agent-service stop)"', 'End it.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-keychain'],
};
