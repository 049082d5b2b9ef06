#!/usr/bin/env node
import { readArguments, UsageError } from '@jeton/client/options';
import { runProgram } from '../../terminal/run.ts';
import { program } from './command-line.ts';

async function main(): Promise<number> {
  const { options, positionals } = readArguments(program);
  const [command, file] = positionals;
  if (command !== 'inspect') throw new UsageError(program, `unknown command '${command}'`);
  await (await import('./inspect.ts')).inspect(file, options);
  return 0;
}

await runProgram(main);
