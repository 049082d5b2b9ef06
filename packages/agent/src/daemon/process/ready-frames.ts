import type { ReadyAnswers } from '../requests/ready-answers.ts';
import { entryFlags, frame, questions } from './frames.ts';

/** What an agent leaves behind when it goes to sleep, as frames; the last one says that this was all. */
export function readyFrames({ tokens, answers, wakeAt, endsAwake }: ReadyAnswers): Buffer[] {
  return [
    ...tokens.map(({ account, issuer = '', key, doors, isForTerminals, ends, renewal, leaves, answer }) =>
      frame(
        'entry',
        { u32: (isForTerminals ? entryFlags.forTerminals : 0) | (renewal.wanted ? entryFlags.used : 0) },
        { u32: doors },
        { f64: ends.wall },
        { f64: ends.steady },
        { f64: renewal.isDone ? -1 : renewal.ahead },
        { f64: renewal.notBefore },
        { f64: leaves.wall },
        { f64: leaves.steady },
        { text: account },
        { text: issuer },
        { text: key },
        { bytes: answer },
      ),
    ),
    ...answers.map(({ request, doors, endsWithUse, ends, answer }) =>
      frame(
        'fixed',
        { u32: questions[request] },
        { u32: doors },
        { u32: endsWithUse ? 1 : 0 },
        { f64: ends.wall },
        { f64: ends.steady },
        { bytes: answer },
      ),
    ),
    frame('asleep', { f64: wakeAt.wall }, { f64: wakeAt.steady }, { u32: endsAwake ? 1 : 0 }),
  ];
}
