/** Generates files from the option tables: a manual page for each program, and completion for the shells. */
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import { manPage } from './man-page.ts';
import type { Manual } from './manual.ts';
import { manual as jeton } from './pages/jeton.ts';
import { manual as oidcAdd } from './pages/oidc-add.ts';
import { manual as oidcAgent } from './pages/oidc-agent.ts';
import { manual as oidcAgentService } from './pages/oidc-agent-service.ts';
import { manual as oidcGen } from './pages/oidc-gen.ts';
import { manual as oidcKeychain } from './pages/oidc-keychain.ts';
import { manual as oidcPrompt } from './pages/oidc-prompt.ts';
import { manual as oidcToken } from './pages/oidc-token.ts';
import { manual as oidcTokensh } from './pages/oidc-tokensh.ts';

const manuals = [
  oidcAgent,
  oidcGen,
  oidcAdd,
  oidcToken,
  oidcAgentService,
  oidcKeychain,
  oidcTokensh,
  oidcPrompt,
  jeton,
];

/**
 * The texts by their paths below packages/.
 *
 * @param iam the manual of jeton-iam, which is in a package that this one knows nothing of. A shell has one completion for all programs.
 */
export function manualFiles(iam: Manual): Record<string, string> {
  const all = [...manuals, iam];
  const pages = manuals.map(
    (manual) => [`agent/dist/man/${manual.program.name}.1`, manPage(manual)] as const,
  );
  return {
    ...Object.fromEntries(pages),
    'iam/dist/man/jeton-iam.1': manPage(iam),
    'agent/dist/completion/bash': bashCompletion(all),
    'agent/dist/completion/fish': fishCompletion(all),
    'agent/dist/completion/zsh': zshCompletion(all),
  };
}
