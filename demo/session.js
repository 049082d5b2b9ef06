// The session of the IAM page "Obtaining an IAM access token from a CLI", command by command.
/** @import { Answer, StageOptions } from './stage.js' */
import { Stage } from './stage.js';

const password = 'correct horse battery staple';
/** @type {Answer} */
const askPassword = [/Enter decryption password for account config 'wlcg': $/, password];
const token = /^ey[\w-]+\.[\w-]+\.[\w-]+$/m;

/**
 * Plays the session. Whatever happens, nothing is left behind.
 *
 * @param {StageOptions} options
 * @throws when a command fails or does not print what it should
 */
export async function play({ byHand, signal }) {
  if (byHand && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new Error('--browser needs a terminal, for your answers');
  }
  const stage = new Stage({ byHand, signal });
  const began = performance.now();
  try {
    const issuer = await setTheScene(stage, byHand);
    await register(stage, issuer, byHand);
    await manage(stage);
    await getTokens(stage, issuer);
    await forget(stage);
  } finally {
    await stage.close();
  }
  stage.say(`Done in ${Math.round((performance.now() - began) / 1000)} s; nothing is left behind.`);
}

/**
 * @param {Stage} stage
 * @param {boolean} byHand
 */
async function setTheScene(stage, byHand) {
  stage.say('A development IAM stands in for https://wlcg.cloud.cnaf.infn.it/.');
  const issuer = await stage.startIam(byHand ? [] : ['--auto-approve', 'test']);
  stage.say('Start the agent. You do this once per session.');
  await stage.startAgent();
  return issuer;
}

/**
 * @param {Stage} stage
 * @param {string} issuer
 * @param {boolean} byHand
 */
async function register(stage, issuer, byHand) {
  stage.say('Register a client, log in, and store both. You do this once for each account.');
  if (byHand) {
    stage.say(`Answer as you like; the issuer is ${issuer} and all scopes are max.`);
    stage.say('In the browser, sign in as test with the password password.');
  } else {
    stage.say(
      'The demo types the answers, and the IAM approves the code by itself (to do it yourself: npm run demo -- --browser).',
    );
  }
  await stage.run('oidc-gen -w device wlcg', {
    answers: [
      [/Issuer \[.*\]: $/, issuer],
      [/Scopes or 'max' \(space separated\).*: $/, 'max'],
      [/Enter encryption password for account configuration 'wlcg': $/, password],
      [/Confirm encryption password: $/, password],
    ],
    expect: [/enter the code: \w+/, /Everything setup correctly!/],
  });
}

/** @param {Stage} stage */
async function manage(stage) {
  stage.say('List the accounts, and print one. (The demo masks its secrets.)');
  await stage.run('oidc-add -l', { expect: [/^wlcg$/m] });
  await stage.run('oidc-gen -p wlcg', {
    answers: [askPassword],
    expect: [/"name":\t"wlcg"/, /"registration_client_uri":\t"http/],
    mask: ['client_secret', 'refresh_token', 'registration_access_token'],
  });
  stage.say('Unload the account and load it again, as you do after the agent restarts.');
  await stage.run('oidc-add -r wlcg', { expect: [/^success$/m] });
  await stage.run('oidc-add wlcg', { answers: [askPassword], expect: [/^success$/m] });
}

/**
 * @param {Stage} stage
 * @param {string} issuer
 */
async function getTokens(stage, issuer) {
  stage.say('Get a token with all scopes of the account, one with a single scope, and one for one audience.');
  await stage.run('oidc-token wlcg', { expect: [token] });
  await stage.run('oidc-token -s storage.read:/ wlcg', { expect: [token] });
  await stage.run('oidc-token --aud example.audience -s storage.read:/ wlcg', { expect: [token] });
  stage.say('What does the last token contain, and did the issuer sign it?');
  await stage.run(
    `oidc-token --aud example.audience -s storage.read:/ wlcg | jeton inspect --issuer ${issuer}`,
    {
      expect: [
        /^audience: +example\.audience$/m,
        /^scopes: +storage\.read:\/$/m,
        /^profile: +WLCG 1\.0$/m,
        /^signature: +RS256, verified$/m,
      ],
    },
  );
}

/** @param {Stage} stage */
async function forget(stage) {
  stage.say('Delete the account here and its client at the issuer, and stop the agent.');
  await stage.run('oidc-gen -d wlcg', {
    answers: [askPassword, [/Delete the account 'wlcg'.*: $/, 'yes']],
    expect: [/Deleted oidc client\./, /Successfully deleted account configuration\./],
  });
  await stage.run('eval $(oidc-agent -k)', { expect: [/Agent pid \d+ killed/] });
}
