import { badValue, exitCode, type Scenario } from '../scenario.ts';

/** Counts what an agent in the foreground has printed when it answers. */
const inForeground = (option: string, socket: string) =>
  `oidc-agent ${option} -a ${socket} > printed & export OIDC_SOCK=${socket}; until oidc-add -a > /dev/null 2>&1; do :; done; grep -c SOCK printed; code=$?; kill $!; wait $! 2> /dev/null; exit $code`;

export const oidcAgent: readonly Scenario[] = [
  {
    name: 'oidc-agent prints how to reach it',
    run: ['oidc-agent'],
    differs: [
      {
        id: 'one-agent',
        by: 'programs',
        c: ['> OIDC_SOCK=<folder>/tmp/oidc-XXXXXX/oidc-agent.<ppid>; export OIDC_SOCK;'],
        ours: ['> OIDC_SOCK=<folder>/tmp/oidc-agent-service/oidc-agent.sock; export OIDC_SOCK;'],
      },
    ],
  },
  {
    name: 'oidc-agent --json',
    run: ['oidc-agent --json'],
    differs: [
      {
        id: 'one-agent',
        by: 'programs',
        c: ['> \t"socket":\t"<folder>/tmp/oidc-XXXXXX/oidc-agent.<ppid>",'],
        ours: ['> \t"socket":\t"<folder>/tmp/oidc-agent-service/oidc-agent.sock",'],
      },
      { id: 'json-line-end', by: 'programs', c: ['> (no line end)'], ours: [] },
    ],
  },
  {
    name: 'oidc-agent -k, --kill',
    run: ['eval "$(oidc-agent)"; oidc-agent -k', 'eval "$(oidc-agent)"; oidc-agent --kill'],
  },
  {
    name: 'oidc-agent -k without OIDCD_PID',
    run: ['unset OIDCD_PID; OIDC_SOCK=/nowhere oidc-agent -k'],
  },
  {
    name: 'oidc-agent -k of a process that is not there',
    run: ['OIDC_SOCK=/nowhere OIDCD_PID=4194304 oidc-agent -k'],
  },
  {
    name: 'oidc-agent -a, --socket-path',
    run: ['oidc-agent -a $TMPDIR/my/socket', 'oidc-agent --socket-path=$TMPDIR/my/other'],
  },
  {
    name: 'oidc-agent -a with a folder',
    run: ['oidc-agent -a $TMPDIR/my-XXXXXX/'],
  },
  {
    name: 'oidc-agent --status | grep .',
    accounts: ['wlcg', 'other'],
    loaded: ['wlcg', 'other'],
    run: ['oidc-agent --status | grep .'],
    differs: [
      {
        id: 'status',
        by: 'agent',
        c: ['> This agent is running version 4.2.6.'],
        ours: ['> This agent is running version 5.3.3.'],
      },
      {
        id: 'status',
        by: 'agent',
        c: ['> Auto Re-authenticate:\ttrue'],
        ours: ['> Auto Re-authenticate:\tfalse'],
      },
      { id: 'status', by: 'agent', c: ['> Store password:\t\tfalse'], ours: [] },
      { id: 'status', by: 'agent', c: ['> Seccomp:\t\tfalse'], ours: [] },
      {
        id: 'status',
        by: 'agent',
        c: [],
        ours: [
          '> wlcg (<issuer>/)',
          '>   loaded <in 0 minutes>',
          '>   login ends <in 43200 minutes>',
          '>   last refresh <in 0 minutes>: success',
          '>   token as configured: valid until <in 60 minutes>',
          '> other (<issuer>/)',
          '>   loaded <in 0 minutes>',
          '>   login ends <in 43200 minutes>',
          '>   last refresh <in 0 minutes>: success',
          '>   token as configured: valid until <in 60 minutes>',
        ],
      },
    ],
  },
  {
    name: 'oidc-agent --status --json | jq -Sc .',
    loaded: ['wlcg'],
    run: ['oidc-agent --status --json | jq -Sc .'],
    differs: [
      {
        id: 'status',
        by: 'agent',
        c: ['> {"command_line_options":"","loaded_accounts":["wlcg"],"version":"4.2.6"}'],
        ours: [
          '> {"accounts":[{"always_allow_id_token":false,"confirm":false,"grant_expires_at":<in 43200 minutes>,"in_memory_only":false,"issuer":"<issuer>/","last_refresh":{"at":<in 0 minutes>},"loaded_at":<in 0 minutes>,"name":"wlcg","tokens":[{"expires_at":<in 60 minutes>}],"waiting":0}],"command_line_options":"","loaded_accounts":["wlcg"],"pid":<pid>,"version":"5.3.3"}',
        ],
      },
    ],
  },
  {
    name: 'oidc-agent --status without an agent',
    run: ['OIDC_SOCK=/nowhere oidc-agent --status'],
    differs: [exitCode(69)],
  },
  {
    name: 'oidc-agent --status of an agent with options',
    agent: ['-t', '100', '--no-autoload', '--always-allow-idtoken'],
    run: ['oidc-agent --status | grep .', 'oidc-agent --status --json | jq -Sc .'],
    differs: [
      {
        id: 'status',
        by: 'agent',
        c: ['> This agent is running version 4.2.6.'],
        ours: ['> This agent is running version 5.3.3.'],
      },
      {
        id: 'status',
        by: 'agent',
        c: ['> Auto Re-authenticate:\ttrue'],
        ours: ['> Auto Re-authenticate:\tfalse'],
      },
      { id: 'status', by: 'agent', c: ['> Store password:\t\tfalse'], ours: [] },
      { id: 'status', by: 'agent', c: ['> Seccomp:\t\tfalse'], ours: [] },
      {
        id: 'status',
        by: 'agent',
        c: [
          '> {"command_line_options":"--lifetime=100 --no-autoload --always-allow-idtoken --always-allow-idtoken","loaded_accounts":[],"version":"4.2.6"}',
        ],
        ours: [
          '> {"accounts":[],"command_line_options":"--lifetime=100 --no-autoload --always-allow-idtoken","loaded_accounts":[],"pid":<pid>,"version":"5.3.3"}',
        ],
      },
    ],
  },
  {
    name: 'oidc-agent -t, --lifetime',
    agent: ['-t', '100'],
    run: ['oidc-add --pw-env wlcg', 'oidc-add --pw-env --pw-store -t 200 wlcg'],
    differs: [
      {
        id: 'already-loaded',
        by: 'programs',
        c: ['> success', '! account already loaded. Lifetime set to 200 seconds.'],
        ours: ["> Account 'wlcg' already loaded"],
      },
    ],
  },
  {
    name: 'oidc-agent with an unknown option',
    run: ['oidc-agent --nope'],
  },
  {
    name: 'oidc-agent -t with no number',
    run: ['oidc-agent -t x'],
    differs: [badValue('oidc-agent: -t', "oidc-agent: option '-t' needs a whole number, not 'x'")],
  },
  {
    name: 'oidc-agent --status of an agent with all that it can show',
    agent: [
      '--lifetime=100',
      '-c',
      '--confirm',
      '--no-autoload',
      '--no-webserver',
      '--no-scheme',
      '-g',
      '--debug',
      '--log-stderr',
    ],
    run: ['oidc-agent --status | grep -E "Lifetime|Confirm|Autoload|Webserver|scheme|Log"'],
  },
  {
    name: 'oidc-agent --no-autoreauthenticate, --no-auto-reauthenticate',
    agent: ['--no-autoreauthenticate', '--no-auto-reauthenticate'],
    run: ['oidc-agent --status | grep Re-auth'],
  },
  { name: 'oidc-agent --quiet', run: ['oidc-agent --quiet -a $TMPDIR/quiet/socket'] },
  {
    name: 'oidc-agent --with-group of a group that is not there',
    run: ['oidc-agent --with-group=no-such-group'],
  },
  {
    name: 'oidc-agent -d, --console',
    run: [inForeground('-d', '$TMPDIR/console/socket'), inForeground('--console', '$TMPDIR/console/other')],
    differs: [
      { id: 'console', by: 'programs', c: ['> 0', 'exit 1'], ours: ['> 1', 'exit 0'] },
      { id: 'console', by: 'programs', c: ['> 0', 'exit 1'], ours: ['> 1', 'exit 0'] },
    ],
  },
  {
    name: 'oidc-agent ended by a signal',
    run: [
      'eval "$(oidc-agent -a $TMPDIR/signal/socket)"; until oidc-add -a > /dev/null 2>&1; do :; done; kill $OIDCD_PID; while kill -0 $OIDCD_PID 2> /dev/null; do sleep 0.1; done; ls $TMPDIR/signal 2> /dev/null || true',
    ],
    differs: [{ id: 'end-by-signal', by: 'programs', c: ['> socket'], ours: [] }],
  },
];

/** Options that oidc-agent 4 does not have. */
export const oidcAgentSince5: readonly Scenario[] = [
  {
    name: 'oidc-agent --pid-file',
    run: [
      'oidc-agent -a $TMPDIR/pid/socket --pid-file=pid > started',
      'test "OIDCD_PID=$(cat pid); export OIDCD_PID;" = "$(grep ^OIDCD_PID started)"',
      'kill $(cat pid); rm -f pid started',
    ],
    expected: [
      '$ oidc-agent -a $TMPDIR/pid/socket --pid-file=pid > started',
      'exit 0',
      '$ test "OIDCD_PID=$(cat pid); export OIDCD_PID;" = "$(grep ^OIDCD_PID started)"',
      'exit 0',
      '$ kill $(cat pid); rm -f pid started',
      'exit 0',
    ],
  },
  {
    name: 'oidc-agent --restart-on-update',
    agent: ['--restart-on-update'],
    run: ['oidc-add -a'],
    expected: ['$ oidc-add -a', 'exit 0'],
  },
  {
    name: 'oidc-agent --bind-address',
    run: ['oidc-agent --bind-address=$TMPDIR/bind/socket'],
    expected: [
      '$ oidc-agent --bind-address=$TMPDIR/bind/socket',
      '> OIDC_SOCK=<folder>/tmp/bind/socket; export OIDC_SOCK;',
      '> OIDCD_PID=<pid>; export OIDCD_PID;',
      '> echo Agent pid $OIDCD_PID',
      'exit 0',
    ],
  },
  {
    name: 'oidc-agent -- COMMAND',
    run: ["oidc-agent -- sh -c 'oidc-add --pw-env wlcg; exit 3'"],
    expected: [
      "$ oidc-agent -- sh -c 'oidc-add --pw-env wlcg; exit 3'",
      '> success',
      'exit 3',
      '+ file .config/oidc-agent/issuer.config',
      '+   <issuer>/ wlcg',
      '+   (as JSON)',
      '@ POST | /token | (Basic) | grant_type=refresh_token | refresh_token=<refresh token 1> | scope=openid profile storage.read:/ compute.read',
    ],
  },
];
