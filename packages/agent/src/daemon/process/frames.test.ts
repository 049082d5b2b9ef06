import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader, frame, frameKinds } from './frames.ts';

const kind = fc.constantFrom(...(Object.keys(frameKinds) as (keyof typeof frameKinds)[]));
const parts = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => ({ text })),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ bytes })),
    fc.integer({ min: -1, max: 0xffff_ffff }).map((u32) => ({ u32 })),
    fc.double().map((f64) => ({ f64 })),
  ),
  { maxLength: 5 },
);

/** A part as the description of the frames has it, one number after another. */
function bytesOf(part: { text: string } | { bytes: Uint8Array } | { u32: number } | { f64: number }): Buffer {
  if ('bytes' in part) return Buffer.from(part.bytes);
  if ('u32' in part) return Buffer.from(Uint32Array.of(part.u32).buffer);
  if ('f64' in part) return Buffer.from(Float64Array.of(part.f64).buffer);
  const text = Buffer.from(part.text);
  return Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), text]);
}

it('are read as they were written, in whatever pieces they arrive', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, parts), { maxLength: 5 }),
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 20 }),
      (frames, sizes) => {
        const written = Buffer.concat(frames.map(([name, content]) => frame(name, ...content)));
        const reader = new FrameReader();
        const read: unknown[] = [];
        for (let start = 0, turn = 0; start < written.length; turn += 1) {
          // A piece of no bytes must not keep the test here.
          const end = start + (sizes[turn % sizes.length] ?? 0) + (turn % sizes.length === 0 ? 1 : 0);
          const piece = Buffer.from(written.subarray(start, end));
          const found = reader.push(piece);
          read.push(...found.map((one) => [one.kind, one.content.toString('hex')]));
          start = end;
        }
        const expected = frames.map(([name, content]) => [
          frameKinds[name],
          Buffer.concat(content.map(bytesOf)).toString('hex'),
        ]);
        expect(read).toEqual(expected);
      },
    ),
  );
});

it('each have a number of their own', () => {
  const numbers = Object.values(frameKinds);
  expect(new Set(numbers).size).toBe(numbers.length);
});
