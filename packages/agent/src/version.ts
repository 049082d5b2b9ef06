/** The release of oidc-agent whose command lines, files and protocol jeton follows. */
export const OIDC_AGENT_VERSION = '5.3.3';

/** The release of jeton itself, as in package.json. */
export const JETON_VERSION = '0.1.0';

/** The output of `--version` after a program's name: scripts take the second word, users read the third. */
export const VERSION = `${OIDC_AGENT_VERSION} (jeton ${JETON_VERSION})`;
