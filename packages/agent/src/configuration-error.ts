import { HintedError } from './hinted-error.ts';

/** An error in the user's set-up that stops every program. */
export class ConfigurationError extends HintedError {
  override readonly name = 'ConfigurationError';

  constructor(message: string, hints: readonly string[] = []) {
    super(message, { hints, exitCode: 78 });
  }
}
