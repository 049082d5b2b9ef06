import { HintedError } from './hinted-error.ts';

/** Something in the person's set-up that no program can go on with. */
export class ConfigurationError extends HintedError {
  override readonly name = 'ConfigurationError';

  constructor(message: string, hints: readonly string[] = []) {
    super(message, { hints, exitCode: 78 });
  }
}
