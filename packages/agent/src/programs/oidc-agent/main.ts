#!/usr/bin/env node
import { exchange } from '@jeton/client';
import { readArguments } from '@jeton/client/options';
import { print } from '../../terminal/output.ts';
import { runProgram } from '../../terminal/run.ts';
import { program } from './command-line.ts';
import { killAgent } from './kill.ts';
import { prepareSocket } from './socket-location.ts';
import { startInBackground, startInForeground } from './start.ts';

async function main(): Promise<number> {
  const { options } = readArguments(program);
  if (options.kill) await killAgent(process.env);
  else if (options.status) await printStatus(options.json);
  else await start(options);
  return 0;
}

async function start(options: ReturnType<typeof readArguments<typeof program>>['options']): Promise<void> {
  const settings = {
    ...(await prepareSocket(options['socket-path'], process.env)),
    lifetime: options.lifetime ?? 0,
    autoload: !options['no-autoload'],
    alwaysAllowIdToken: options['always-allow-idtoken'],
    console: options.console,
  };
  if (options.console) await startInForeground(settings, options.json);
  else await startInBackground(settings, options.json);
}

async function printStatus(json: boolean): Promise<void> {
  const { info } = await exchange({ request: json ? 'status_json' : 'status' });
  print(typeof info === 'string' ? info.trimEnd() : JSON.stringify(info));
}

void runProgram(main);
