import { program } from '../../programs/oidc-prompt/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Asks a person one question, and prints the answer. TYPE is one of password, input, confirm, confirm-default-yes, confirm-default-no, multiple, select, select-other, link and mytoken-confirm. TIMEOUT is in seconds; 0, or none, waits for ever.',
    'The question is asked in a window where there is a desktop that has zenity or kdialog, by osascript on macOS, else by pinentry, else at the terminal. Markup in the texts is dropped.',
    'It ends with 1 when the person cancels, when the time is over, and when there is nobody to ask.',
  ],
  environment: ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_CURRENT_DESKTOP'],
  files: [],
  exitCodes: [0, 1, 64],
  examples: [
    ['oidc-prompt password Vault "The key of the vault" Key 60', 'Ask for a password, for a minute.'],
    ['oidc-prompt confirm Deploy "Deploy to production?"', 'Ask for yes or no.'],
    ['oidc-prompt select Site "Where does it run?" Site 0 CNAF KIT CERN', 'Ask for one of several.'],
  ],
  seeAlso: ['oidc-agent', 'oidc-gen'],
};
