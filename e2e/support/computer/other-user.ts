import { spawnSync } from 'node:child_process';
import { programPath } from './programs.ts';

/** How to start a program as somebody else, which only root can: as `nobody`, who has this number on every system. */
export const nobody = { uid: 65534, gid: 65534 };

/** Whether that works here; where we are not root, or where nobody may not read the programs, tests are skipped by name. */
export const nobodyCanRun =
  process.getuid?.() === 0 &&
  spawnSync(programPath('oidc-token'), ['--version'], { ...nobody, env: { PATH: process.env.PATH ?? '' } })
    .status === 0;
