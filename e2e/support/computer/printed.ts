import type { Readable } from 'node:stream';

/**
 * Waits until a program has printed text that matches. Output may come in any number of pieces.
 *
 * @throws Error if the output ends before
 */
export async function printed(stream: Readable | null, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  return await new Promise((resolve, reject) => {
    const onData = (piece: Buffer) => {
      text += piece;
      const match = pattern.exec(text);
      if (match === null) return;
      stream?.off('data', onData).off('end', onEnd);
      resolve(match);
    };
    const onEnd = () => reject(new Error(`the output has nothing like ${pattern}:\n${text}`));
    if (stream === null) onEnd();
    stream?.on('data', onData).once('end', onEnd);
  });
}
