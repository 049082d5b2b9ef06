/** Where the suite's files are, and how its configuration is read: for the programs. */
export { agentDirectory, expandPath, isOpenable, possibleDirectories } from './directory.ts';
export { ConfigurationError } from './error.ts';
export { parseCommentedJson, withoutComments } from './json.ts';
export { ConfigSection } from './section.ts';
