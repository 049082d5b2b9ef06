/** What the agent that sleeps gives to the Node program that it starts. */
import { readSync } from 'node:fs';
import type { AgentSettings } from '../settings.ts';
import type { InheritedClient, InheritedListener } from '../socket/inherited-server.ts';
import { FrameReader, frameKinds, isSameVersion, versionFrame } from './frames.ts';
import { CHANNEL, send } from './sleeper-channel.ts';

/** What the agent that sleeps says when it wakes this program. */
export interface Birth {
  readonly settings: AgentSettings;
  readonly state: string;
  readonly used: ReadonlySet<string>;
  readonly listeners: readonly (InheritedListener & { readonly path: string; readonly identity: string })[];
  readonly clients: readonly InheritedClient[];
}

/** Of a frame with a client: its descriptor, its door, and the length of its key. */
const CLIENT_HEADER_BYTES = 20;

/** Reads all that the agent that sleeps has to say, before anything else happens. */
export function readBirth(): Birth {
  const listeners: Birth['listeners'][number][] = [];
  const clients: InheritedClient[] = [];
  const used = new Set<string>();
  let settings = '';
  let state = '';
  let deaths = 0;
  let isUnderstood = false;
  send(versionFrame());
  const frames = new FrameReader();
  const buffer = Buffer.alloc(64 * 1024);
  for (;;) {
    const count = readSync(CHANNEL, buffer);
    if (count === 0) throw new Error('the agent has ended');
    for (const received of frames.push(Buffer.from(buffer.subarray(0, count)))) {
      const { kind, content } = received;
      isUnderstood ||= isSameVersion(received);
      // The agent that sleeps has seen the version of this program, and says what that means.
      if (!isUnderstood) process.exit(1);
      if (kind === frameKinds.trial) process.exit(0);
      if (kind === frameKinds.settings) settings = content.toString();
      else if (kind === frameKinds.state) state = content.toString();
      else if (kind === frameKinds.used) used.add(content.toString());
      else if (kind === frameKinds.deaths) deaths = content.readUInt32LE(0);
      else if (kind === frameKinds.listener) {
        listeners.push({
          descriptors: [content.readUInt32LE(0), content.readUInt32LE(4)],
          door: content.readUInt32LE(8),
          identity: `${content.readBigUInt64LE(12)}:${content.readBigUInt64LE(20)}`,
          path: content.toString('utf8', 28),
        });
      } else if (kind === frameKinds.client) {
        const end = CLIENT_HEADER_BYTES + content.readUInt32LE(16);
        clients.push({
          descriptor: content.readUInt32LE(0),
          door: content.readUInt32LE(4),
          secondsLeft: content.readDoubleLE(8),
          commonKey: content.subarray(CLIENT_HEADER_BYTES, end),
          received: content.subarray(end),
        });
      } else if (kind === frameKinds.born) {
        const given: AgentSettings = JSON.parse(settings);
        return {
          settings: { ...given, pid: process.ppid, deaths },
          state,
          used,
          listeners,
          clients,
        };
      }
    }
  }
}
