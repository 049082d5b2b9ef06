import { spawnSync } from 'node:child_process';
import { programPath } from './programs.ts';

/** Starts a program as another user, which only root can: as `nobody`, with the number that it has on every system. */
export const nobody = { uid: 65534, gid: 65534 };

/** Whether that works here: tests are skipped by name where we are not root, or `nobody` may not read the programs. */
export const nobodyCanRun =
  process.getuid?.() === 0 &&
  spawnSync(programPath('oidc-token'), ['--version'], { ...nobody, env: { PATH: process.env.PATH ?? '' } })
    .status === 0;
