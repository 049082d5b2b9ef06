import { program } from '../../programs/oidc-prompt/command-line.ts';
import type { Manual } from '../manual.ts';

export const manual: Manual = {
  program,
  description: [
    'Asks the user one question, and prints the answer. TYPE is one of password, input, confirm, confirm-default-yes, confirm-default-no, multiple, select, select-other, link and mytoken-confirm. TIMEOUT is in seconds; with 0, or without TIMEOUT, oidc-prompt waits for ever.',
    'oidc-prompt asks in a window on a desktop with zenity or kdialog, by osascript on macOS, else by pinentry, else at the terminal. It removes markup from the texts.',
    'It ends with 1 when the user cancels, when the time is over, and when it has no way to ask the user.',
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
