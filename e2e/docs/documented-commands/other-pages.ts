import { PASSWORD } from '../../support/agent/accounts.ts';
import { root } from '../../support/documented.ts';
import type { Page } from './page.ts';
import {
  approve,
  decrypt,
  encrypt,
  exampleOf,
  passwordClient,
  passwords,
  register,
  token,
  untilItListens,
} from './shared.ts';

/** The pages of jeton and jeton-iam, and those that are of no program. */
export const otherPages: Readonly<Record<string, Page>> = {
  'docs/jeton.md': {
    accounts: ['wlcg'],
    env: { OIDC_ENCRYPTION_PW: PASSWORD },
    steps: [
      {
        command: 'oidc-token wlcg | jeton userinfo --issuer https://wlcg.cloud.cnaf.infn.it/ -',
        shows: /"sub"/,
      },
      { command: 'oidc-token wlcg | jeton inspect', shows: /^issuer: / },
      {
        command: 'oidc-token wlcg | jeton inspect --issuer https://wlcg.cloud.cnaf.infn.it/',
        instead: {
          'oidc-token wlcg': 'oidc-token -s "openid offline_access storage.read:/ wlcg.groups" wlcg',
        },
        sample: 'issuer:',
      },
      { command: 'jeton inspect token.txt', first: 'oidc-token wlcg > token.txt', shows: /^issuer: / },
      'jeton register --issuer https://iam.example/ --scope max --out client.json',
      'eval "$(jeton register --issuer https://iam.example/ --env --out client.json)"',
      {
        command: 'jeton introspect',
        first: 'export IAM_ACCESS_TOKEN=$(jeton device-code 2>/dev/null)',
        shows: /"active": ?true/,
      },
      { command: 'oidc-gen -w device -f client.json NAME', answers: encrypt, shows: /Everything setup/ },
      'jeton completion bash > ~/.jeton-completion.bash',
      { command: 'mkdir -p ~/.zfunc ~/.config/fish/conf.d' },
      'jeton completion zsh > ~/.zfunc/_jeton',
      'jeton completion fish > ~/.config/fish/conf.d/jeton.fish',
      { command: 'jeton --help', shows: /device-code/ },
      { command: 'jeton', shows: /logged in with these accounts/ },
      { command: 'jeton login wlcg', answers: [decrypt], shows: /logged in at/ },
      {
        command: 'jeton login',
        instead: { 'jeton login': 'jeton login --pw-env' },
        answers: [
          [/Enter to take/, 'http://localhost:8080/'],
          [/Short name .*: $/, ''],
          [/Scopes.*: $/, ''],
        ],
        shows: /logged in at/,
      },
      {
        command: 'man ./man/oidc-gen.1',
        first: `cd ${root} && export MANPAGER=cat`,
        shows: /OIDC-GEN\(1\)/,
        needs: 'man',
      },
    ],
  },
  'docs/without-an-agent.md': {
    files: { 'client-password': 'password' },
    accounts: [],
    steps: [
      register,
      { command: 'TOKEN=$(jeton device-code)', shows: /enter the code/ },
      { command: 'eval "$(jeton device-code --env)"', shows: /enter the code/ },
      { command: 'jeton refresh -s storage.read:/ --aud se.example.org', shows: token },
      'jeton revoke',
      {
        command: 'jeton password',
        answers: [
          [/[Uu]ser ?name.*: $/, 'test'],
          [/[Pp]assword.*: $/, 'password'],
        ],
        sample: 'Error: The issuer does not allow',
        code: 77,
      },
      {
        command: 'pass show iam | jeton password --username jane --password-fd 0',
        first: passwordClient,
        instead: { jane: 'test' },
        shows: token,
      },
      {
        command: 'eval "$(dc-get-token.sh)"',
        first: `unset IAM_CLIENT_ID IAM_CLIENT_SECRET; export IAM_DEVICE_CODE_CLIENT_ID=public-dc-client PATH="$PATH:${root}/packages/agent/drop-in"`,
        shows: /enter the code/,
      },
      {
        command: 'oidc-gen -w device -f client.json NAME',
        first: 'test -n "$IAM_ACCESS_TOKEN" && eval $(oidc-agent)',
        answers: encrypt,
        shows: /Everything setup/,
      },
    ],
  },
  'docs/iam.md': {
    ownIam: true,
    files: { secret: 'secret', 'iam.yaml': exampleOf('docs/iam.md', 'yaml') },
    env: passwords.env,
    steps: [
      { command: 'jeton-iam', shows: /Log in as/, interrupt: true },
      { command: 'jeton-iam --auto-approve test &', shows: /IAM ready/ },
      'eval $(oidc-agent)',
      {
        command:
          'oidc-gen -w device --iss=http://localhost:8080/ --scope="openid offline_access storage.read:/" wlcg',
        answers: encrypt,
      },
      { command: 'oidc-token -s storage.read:/data wlcg', shows: token },
      'kill $!',
      { command: 'jeton-iam &', first: 'wait', shows: /IAM ready/ },
      {
        command: 'oidc-gen -w device --iss=http://localhost:8080/ --scope="openid offline_access" browser',
        answers: [approve, ...encrypt],
      },
      {
        command: 'curl -u client-cred:secret -d grant_type=client_credentials http://localhost:8080/token',
        shows: /"access_token"/,
      },
      'kill $!',
      { command: 'jeton-iam --config iam.yaml &', first: 'wait', shows: /IAM ready/ },
      {
        command:
          'curl -u portal:portal-secret -d grant_type=password -d username=alice -d password=wonderland http://localhost:8080/token',
        shows: /"access_token"/,
      },
      'kill $!',
      {
        command: 'jeton-iam --data state.db',
        first: 'wait',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command: 'jeton-iam --behave poll=slow_down,times=2 --behave rotation=detect-reuse',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command:
          'curl -X PUT -d \'{"rules": [{"endpoint": "/token", "status": 503, "times": 2}]}\' http://localhost:8080/dev/behaviour',
        first: `jeton-iam & ${untilItListens}`,
        shows: /"status":503/,
      },
      { command: 'curl http://localhost:8080/dev/requests', shows: /"requests":/ },
      {
        command: 'jeton-iam --like google --behave interval=1 --behave poll=slow_down,times=1',
        first: 'kill $!; wait',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command: 'jeton-iam --like keycloak --behave openid=unlisted',
        shows: /IAM ready/,
        interrupt: true,
      },
      { command: 'jeton-iam --port 8081 &', instead: { 8081: '0' }, shows: /IAM ready/ },
      {
        command:
          'jeton-iam --external http://localhost:8081/ --external-client ID --external-secret-file secret',
        shows: /IAM ready/,
        interrupt: true,
      },
      {
        command: 'jeton-iam --tls-self-signed iam.pem --auto-approve test &',
        first: 'kill $!; wait',
        shows: /Certificate for .*: iam\.pem/,
      },
      {
        command: 'curl --cacert iam.pem https://localhost:8080/.well-known/openid-configuration',
        shows: /"issuer":"https:/,
      },
      {
        command:
          'oidc-gen -w device --iss=https://localhost:8080/ --cp=iam.pem --scope="openid offline_access" secure',
        answers: encrypt,
      },
      {
        command:
          'oidc-gen -w device --iss=http://localhost:8080/ --client-id=admin-client-rw --client-secret=secret --scope="openid offline_access iam:admin.read iam:admin.write" admin',
        first: `kill $!; wait; jeton-iam --auto-approve admin & ${untilItListens}`,
        answers: encrypt,
      },
      {
        command: 'CLIENT=http://localhost:8080/iam/api/clients/$CLIENT_ID',
        first: 'CLIENT_ID=device-code-client',
      },
      { command: 'curl -H "Authorization: Bearer $(oidc-token admin)" $CLIENT > client.json' },
      { command: 'vi client.json', first: 'grep -q \'"grant_types"\' client.json' },
      {
        command:
          'curl -X PUT -H "Authorization: Bearer $(oidc-token admin)" -H "Content-Type: application/json" -d @client.json $CLIENT',
        shows: /"grant_types":\["password"/,
      },
    ],
  },
  'docs/iam-reference.md': {
    ownIam: true,
    steps: [
      {
        command: 'jeton-iam --control-token-file control-token &',
        shows: /IAM ready/,
      },
      {
        command: 'curl -H "Authorization: Bearer $(cat control-token)" http://localhost:8080/dev/requests',
        shows: /"requests":/,
      },
    ],
  },
  'docs/protocol.md': {
    accounts: ['wlcg'],
    files: { 'token.py': exampleOf('docs/protocol.md', 'python') },
    steps: [
      {
        command: `printf '{"request":"loaded_accounts"}' | nc -U "$OIDC_SOCK"`,
        first: 'eval $(oidc-agent)',
        needs: 'nc',
      },
      {
        command: 'python3 token.py wlcg',
        first: 'eval $(oidc-agent)',
        shows: token,
        needs: 'python3',
      },
      { command: 'oidc-agent --status', shows: /wlcg/ },
    ],
  },
  'docs/configuration.md': {
    accounts: ['wlcg'],
    files: { 'home/.config/oidc-agent/config': '{\n  "oidc-agent": {\n    "lifetime": 1\n    "x"' },
    steps: [
      {
        command: 'oidc-token ISSUER_URL',
        sample: 'Error: error in configuration file',
        code: 78,
      },
    ],
  },
  'docs/exit-codes.md': {
    accounts: ['wlcg'],
    steps: [
      { command: 'OIDC_SOCK=/nowhere oidc-add -a', code: 69 },
      'echo $?',
      {
        command: 'jeton register --issuer localhost:8080',
        shows: /hint: did you mean http:\/\/localhost:8080\/\?/,
        code: 1,
      },
      { command: 'OIDC_SOCK=/nowhere oidc-add -a --json', shows: /"kind":"unreachable"/, code: 69 },
      'TOKEN=$(oidc-token wlcg)',
    ],
  },
};
