/** What the Node programs write in frames, the compiled program reads, and the other way round: both have a description of their own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/until.ts';
import { type FrameKind, FrameReader, frameKinds } from '../../agent/src/daemon/process/frames.ts';
import { RawClient } from '../../agent/test/raw-client.ts';
import { missingSleepers, sleepers } from './builds.ts';
import { RunningSleeper } from './running-sleeper.ts';

describe.skip.each(missingSleepers)('%s (npm run build:native)', () => it('is not there'));

const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength });
/** No text that means that there is none. */
const name = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 20 });
const token = fc.record({ account: name, issuer: name, answer: name.map((given) => JSON.stringify(given)) });

describe.each(sleepers)('the frames of an agent that sleeps, %s', (_name, command) => {
  it('are read as they were written, on both sides', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        text(300),
        text(300),
        fc.uniqueArray(token, { selector: ({ account }) => account, maxLength: 4 }),
        fc.array(text(30), { maxLength: 3 }),
        fc.nat({ max: 200 }),
        async (settings, state, entries, halves, size) => {
          const agent = new RunningSleeper(command);
          try {
            await agent.start({ settings });
            await agent.sleep({ state, entries });
            await until(() => agent.children.length === 0);
            const used = entries.slice(0, 2);
            for (const { account, answer } of used) {
              expect(await agent.ask({ request: 'access_token', account })).toBe(answer);
            }
            const waiting = halves.map((half) => ({ client: new RawClient(agent.path), sent: `{"${half}` }));
            for (const { client, sent } of waiting) await client.write(sent);
            // It is read after what came before.
            await agent.ask({ request: 'check' });
            const asked = '{"do":"show frames"}';
            const frames = framesOf(Buffer.from(await agent.ask(asked), 'base64'), size);
            for (const { client } of waiting) client.socket.destroy();

            const contents = (kind: FrameKind) =>
              frames.filter((frame) => frame.kind === frameKinds[kind]).map(({ content }) => content);
            const texts = (kind: FrameKind) => contents(kind).map(String).sort();
            expect(texts('settings')).toEqual([settings]);
            expect(texts('state')).toEqual([state]);
            expect(texts('used')).toEqual(used.map(({ account }) => `${account}\n\n`).sort());
            const clients = contents('client');
            expect(clients.map((content) => content.toString('utf8', 20)).sort()).toEqual(
              [asked, ...waiting.map(({ sent }) => sent)].sort(),
            );
            for (const content of clients) {
              // At the owner's door, in time, without a key.
              expect([content.readUInt32LE(4), content.readUInt32LE(16)]).toEqual([0, 0]);
              expect(content.readDoubleLE(8)).toBeGreaterThan(0);
            }
            expect(frames.at(-1)?.kind).toBe(frameKinds.born);
          } finally {
            await agent.remove();
          }
        },
      ),
      { numRuns: 8 },
    );
  });
});

/** The frames in these bytes, which arrive in pieces of that size. */
function framesOf(bytes: Buffer, size: number) {
  const reader = new FrameReader();
  const frames = [];
  for (let start = 0; start < bytes.length; start += size + 1) {
    frames.push(...reader.push(bytes.subarray(start, start + size + 1)));
  }
  return frames;
}
