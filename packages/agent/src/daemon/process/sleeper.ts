/** Starts an agent that sleeps until it is needed (docs/sleeping-agent.md): a compiled program for Linux, which wakes a Node program then. */
import { closeSync, existsSync, readFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AgentSettings } from '../settings.ts';
import { doorNumbers, EVERY_DOOR } from '../socket/door-number.ts';
import { preparePlace, withLocks } from '../socket/socket-file.ts';
import { groupSocketOf, isListening } from '../socket/socket-place.ts';
import { startInBackground } from './background-process.ts';
import { type DaemonReport, PROBLEMS, type SpawnedDaemon } from './daemon-report.ts';
import { AWAKE_PROGRAM, frame, NO_ACCOUNTS, NO_GROUP, questions, SLEEPER, versionFrame } from './frames.ts';

/** The compiled program, beside this one where it is installed; npm installs those of all kinds of computers. */
const sleeper =
  [SLEEPER, `${SLEEPER}-${process.platform}-${process.arch}`]
    .map((name) => join(import.meta.dirname, name))
    .find((path) => existsSync(path)) ?? join(import.meta.dirname, SLEEPER);

/** Whether an agent with these settings can sleep, here. */
export function canSleep({ sleepAfterSeconds }: AgentSettings): boolean {
  return sleepAfterSeconds !== undefined && existsSync(sleeper);
}

/**
 * Starts the agent as a process of its own, and waits until it listens or has failed.
 *
 * @param furtherPipe whether to make the pipe that `endsWithStarter` is about
 */
export async function startSleeper(
  settings: AgentSettings,
  env: NodeJS.ProcessEnv,
  furtherPipe: boolean,
): Promise<SpawnedDaemon> {
  const background = { settings, env, furtherPipe, argv0: 'oidc-agent' };
  return await launchSleeper(settings, (frames) => startInBackground(sleeper, [], frames, background));
}

/**
 * Prepares the places of the sockets, and has the agent started. While that makes its sockets, no other process does.
 *
 * @param launch gives the frames to the compiled program, and waits until it listens or has failed
 */
export async function launchSleeper(
  settings: AgentSettings,
  launch: (frames: Buffer) => Promise<SpawnedDaemon>,
): Promise<SpawnedDaemon> {
  const { socketPaths, group, systemdSockets } = settings;
  const groupSockets = group === undefined ? [] : [groupSocketOf(socketPaths[0])];
  // The sockets of systemd exist already.
  const all = systemdSockets === undefined ? [...socketPaths, ...groupSockets] : groupSockets;
  return await withLocks(all, async () => {
    for (const path of all) if (await isListening(path)) return { report: { ready: false, takenAt: path } };
    const usable: string[] = [];
    for (const [index, path] of all.entries()) {
      try {
        preparePlace(path);
        usable.push(path);
      } catch (error) {
        const isNeeded = index === 0 || groupSockets.includes(path);
        if (!isNeeded) continue;
        const reason = error instanceof Error ? error.message : String(error);
        return { report: { ready: false, problem: PROBLEMS.socket, error: reason } };
      }
    }
    return await launch(launchFrames(settings, usable));
  });
}

/** The first descriptor of the sockets of systemd, as packages/native/host has them behind those of the start. */
const FIRST_GIVEN = 5;

/** The pipes to the compiled program that has started this one, to become the agent itself. */
const TO_PARENT = 3;
const FROM_PARENT = 4;

/** Gives that program the frames. @returns its report */
export function handToParent(frames: Buffer): DaemonReport {
  for (let rest = frames; rest.length > 0; ) rest = rest.subarray(writeSync(TO_PARENT, rest));
  closeSync(TO_PARENT);
  const report = readFileSync(FROM_PARENT, 'utf8');
  if (report !== '') return JSON.parse(report);
  return { ready: false, problem: PROBLEMS.start, error: 'the agent has ended' };
}

/**
 * What the compiled program reads at its start.
 *
 * @param usable the places of the owner's sockets that can be used
 * @param folder where jeton is installed
 */
export function launchFrames(
  settings: AgentSettings,
  usable: readonly string[],
  folder: string = import.meta.dirname,
): Buffer {
  const {
    socketPaths,
    systemdSockets,
    socketFolder = '',
    pidFile,
    socketCheckSeconds,
    endsWithStarter,
    group,
    debug,
  } = settings;
  const socket = (path: string, door: number, isNeeded: boolean, groupId: number, descriptor = 0) =>
    frame(
      'socket',
      { u32: door },
      { u32: isNeeded ? 1 : 0 },
      { u32: groupId },
      { text: path },
      { text: groupId < 0 ? '' : socketFolder },
      { u32: descriptor },
    );
  const never = { f64: Number.POSITIVE_INFINITY };
  return Buffer.concat([
    versionFrame(),
    frame('program', { text: process.execPath }),
    frame('script', { text: join(folder, AWAKE_PROGRAM) }),
    frame('settings', { bytes: JSON.stringify(settings) }),
    ...(systemdSockets === undefined
      ? usable
          .filter((path) => socketPaths.includes(path))
          .map((path) => socket(path, doorNumbers.owner, path === socketPaths[0], NO_GROUP))
      : socketPaths.map((path, index) =>
          socket(path, doorNumbers.owner, true, NO_GROUP, FIRST_GIVEN + index),
        )),
    ...(group === undefined
      ? []
      : [socket(groupSocketOf(socketPaths[0]), doorNumbers.group, true, group.id)]),
    ...(socketFolder === '' ? [] : [frame('folder', { text: socketFolder })]),
    ...(pidFile === undefined ? [] : [frame('pidFile', { text: pidFile })]),
    ...(settings.restartOnUpdate ? [frame('update', { text: join(folder, basename(sleeper)) })] : []),
    frame('timing', { f64: socketCheckSeconds }, { u32: endsWithStarter ? 1 : 0 }),
    ...(debug ? [frame('logged')] : []),
    // Until an account is loaded, which wakes the agent.
    frame('fixed', { u32: questions.loaded_accounts }, { u32: EVERY_DOOR }, { u32: 0 }, never, never, {
      bytes: NO_ACCOUNTS,
    }),
  ]);
}
