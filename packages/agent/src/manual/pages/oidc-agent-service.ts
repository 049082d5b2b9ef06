import { program } from '../../programs/oidc-agent-service/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Starts, finds or stops the agent that all shells share. The output is for eval: it sets OIDC_SOCK, OIDCD_PID and OIDCD_PID_FILE, or unsets them.',
    'The command use finds the running agent, or starts one; start fails if one is running. The command restart stops the agent and starts another one with the same options; restart-s does so without output. The commands stop and kill stop it. The command start-from-x does what use does, when a desktop starts.',
    'Most users need no service: oidc-agent finds the running agent by itself, and programs find it without OIDC_SOCK.',
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
    ['eval "$(oidc-agent-service use)"', 'In ~/.profile: find the agent, or start it.'],
    ['eval "$(oidc-agent-service stop)"', 'Stop it.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-keychain'],
};
