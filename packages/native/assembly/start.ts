/**
 * Starts an agent that sleeps (docs/sleeping-agent.md) without Node, where nothing is unusual: no other agent has the sockets, no other
 * program is making them, and all parts of jeton are where they belong. The rules are those of
 * packages/agent/src/daemon/process/sleeper.ts.
 */

import {
  AWAKE_PROGRAM,
  Door,
  EVERY_DOOR,
  Frame,
  NEVER,
  NO_ACCOUNTS,
  NO_GROUP,
  Question,
  SLEEP_VARIABLE,
  SLEEPER,
  settingsAt,
} from './generated';
import { HAND_OVER } from './host';
import { Lock } from './lock';
import { Bytes as FrameBytes } from './sleeper/bytes';
import { beginFrame, sayVersion } from './sleeper/frames';
import { folderOf, isTrustworthy } from './socket-place';
import {
  linkStatus,
  makeFolder,
  mayRead,
  mayRun,
  ownFolder,
  ownName,
  reach,
  startSleeper,
  stay,
  variable,
} from './system';
import { ECONNREFUSED, ENOENT } from './system-errors';
import { SLASH } from './text/characters';

const PROGRAM = 'oidc-agent';

/** @returns the process id of the agent; 0 if Node has to start one */
export function startAsleep(places: string[]): i32 {
  if (places.length === 0 || variable(SLEEP_VARIABLE) !== '') return 0;
  const folder = ownFolder();
  const program = sleeperIn(folder);
  const script = `${folder}/${AWAKE_PROGRAM}`;
  const node = nodeFor(folder);
  if (mayRun(program) !== 0 || mayRead(script) !== 0 || node === '') return 0;
  const locks: Lock[] = [];
  const process = prepare(places, locks) ? startSleeper(program, launchFrames(places, node, script)) : 0;
  for (let index = 0; index < locks.length; index++) locks[index].release();
  return process;
}

/**
 * Becomes an agent that sleeps and stays in the foreground, so that its process id is the one that its starter knows. The Node
 * program prepares that, because it knows all options.
 * @returns an exit code, or an instruction for the host
 */
export function stayAsleep(): i32 {
  const program = sleeperIn(ownFolder());
  const neverSleeps = variable(SLEEP_VARIABLE) === NEVER;
  return neverSleeps || mayRun(program) !== 0 ? HAND_OVER : stay(program);
}

/** Where programs for several kinds of computers are in one folder, the names of those for this one have the same end. */
function sleeperIn(folder: string): string {
  const kind = ownName().substring(PROGRAM.length);
  return `${folder}/${SLEEPER}${kind}`;
}

/** Makes the folders, and takes the locks of the sockets in them. @returns whether no other agent is there, and nothing unusual */
function prepare(places: string[], locks: Lock[]): bool {
  for (let index = 0; index < places.length; index++) {
    const place = places[index];
    if (!isPlain(place)) return false;
    makeFolder(folderOf(place));
    const lock = new Lock(place);
    if (lock.take() !== 0) return false;
    locks.push(lock);
    if (!isTrustworthy(folderOf(place)) || !isFree(place)) return false;
  }
  return true;
}

/** Whether nothing is there, or the socket of an agent that has ended. */
function isFree(place: string): bool {
  const status = linkStatus(place);
  if (status.error !== 0) return status.error === ENOENT;
  return status.isSocket && reach(place) === ECONNREFUSED;
}

/** A path that is the same for every program. */
function isPlain(path: string): bool {
  return path.charCodeAt(0) === SLASH && !path.includes('/.') && !path.includes('//');
}

/** The Node that a package brings with the programs, or else that of PATH; empty if there is none. */
function nodeFor(folder: string): string {
  const own = `${folder}/node`;
  if (mayRun(own) === 0) return own;
  return isInPath('node') ? 'node' : '';
}

function isInPath(program: string): bool {
  const folders = variable('PATH').split(':');
  for (let index = 0; index < folders.length; index++) {
    const folder = folders[index];
    if (folder.charCodeAt(0) === SLASH && mayRun(`${folder}/${program}`) === 0) return true;
  }
  return false;
}

/** What the sleeping agent reads at its start; the settings are those of an agent without options. */
function launchFrames(places: string[], node: string, script: string): FrameBytes {
  const frames = new FrameBytes();
  sayVersion(frames);
  addText(frames, Frame.PROGRAM, node);
  addText(frames, Frame.SCRIPT, script);
  const settings = String.UTF8.encode(settingsAt(places.join('","')));
  beginFrame(frames, Frame.SETTINGS, settings.byteLength);
  frames.append(changetype<usize>(settings), settings.byteLength);
  for (let index = 0; index < places.length; index++) {
    const path = String.UTF8.encode(places[index]);
    beginFrame(frames, Frame.SOCKET, 20 + path.byteLength);
    frames.appendU32(Door.OWNER);
    frames.appendU32(index === 0 ? 1 : 0);
    frames.appendU32(NO_GROUP);
    frames.appendU32(path.byteLength);
    frames.append(changetype<usize>(path), path.byteLength);
    frames.appendU32(0);
  }
  const none = String.UTF8.encode(NO_ACCOUNTS);
  beginFrame(frames, Frame.FIXED, 28 + none.byteLength);
  frames.appendU32(Question.LOADED_ACCOUNTS);
  frames.appendU32(EVERY_DOOR);
  frames.appendU32(0);
  frames.appendF64(Infinity);
  frames.appendF64(Infinity);
  frames.append(changetype<usize>(none), none.byteLength);
  return frames;
}

function addText(frames: FrameBytes, kind: i32, text: string): void {
  const encoded = String.UTF8.encode(text);
  beginFrame(frames, kind, 4 + encoded.byteLength);
  frames.appendU32(encoded.byteLength);
  frames.append(changetype<usize>(encoded), encoded.byteLength);
}
