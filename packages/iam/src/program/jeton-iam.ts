#!/usr/bin/env node
import packageJson from '../../package.json' with { type: 'json' };
import { startServer } from '../server.ts';
import { readCommand } from './command.ts';
import { parseCommandLine, UsageError } from './command-line.ts';
import { greeting } from './greeting.ts';
import { helpText, usageText } from './help.ts';
import { stdinClosed } from './stdin-closed.ts';

/** The exit code for a wrong command line (sysexits.h); other errors give 1. */
const EX_USAGE = 64;

async function main(): Promise<void> {
  const values = parseCommandLine(process.argv.slice(2));
  if (typeof values === 'string') {
    process.stdout.write(texts[values]());
    return;
  }
  const inputClosed = values['until-stdin-closes'] ? stdinClosed() : undefined;
  const { options, warnings, json } = await readCommand(values);
  const iam = await startServer(options);
  const end = () => void iam.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  void inputClosed?.then(end);
  const { issuer, port } = iam;
  process.stdout.write(
    json ? `${JSON.stringify({ issuer, port, pid: process.pid })}\n` : `IAM ready at ${issuer}\n`,
  );
  process.stderr.write(json ? warnings : greeting(values, options) + warnings);
}

const texts = { help: helpText, usage: usageText, version: () => `jeton-iam ${packageJson.version}\n` };

function explain(error: unknown): string {
  const {
    code,
    address,
    port,
    message = String(error),
  } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly port?: number;
  };
  switch (code) {
    case 'EADDRINUSE':
      return `Error: port ${port} is already in use, perhaps by another jeton-iam\nhint: choose another one with --port N, or let jeton-iam choose: --port 0\n`;
    case 'EACCES':
      if (port === undefined) break;
      return `Error: you may not listen on port ${port}\nhint: choose one from 1024 on with --port N\n`;
    case 'EADDRNOTAVAIL':
      return `Error: ${address} is not an address of this machine\nhint: --host 0.0.0.0 listens on all of its addresses\n`;
  }
  return `Error: ${message}\n`;
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) {
    process.stderr.write(
      `jeton-iam: ${error.message}\nTry 'jeton-iam --help' or 'jeton-iam --usage' for more information.\n`,
    );
    process.exit(EX_USAGE);
  }
  process.stderr.write(explain(error));
  process.exit(1);
});
