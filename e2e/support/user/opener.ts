import { chmodSync, existsSync, mkdtempSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../computer/sandbox.ts';

export interface Desktop {
  /** The variables that make a program find a desktop. */
  readonly env: Record<string, string>;
  /** How many arguments the opener was given, and these; when it has been started. */
  readonly opened: Promise<string[]>;
}

/** A desktop whose xdg-open writes its arguments to a file instead of opening a browser. */
export function fakeDesktop(sandbox: Sandbox): Desktop {
  const folder = mkdtempSync(join(sandbox.folder, 'desktop-'));
  const [program, file] = [join(folder, 'xdg-open'), join(folder, 'opened')];
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > ${file}.new && mv ${file}.new ${file}\n`);
  chmodSync(program, 0o755);
  const opened = new Promise<string[]>((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== 'opened' || !existsSync(file)) return;
      watcher.close();
      resolve(readFileSync(file, 'utf8').trim().split('\n'));
    });
    // A test may not care for it.
    watcher.unref();
  });
  return { env: { PATH: `${folder}:${sandbox.env.PATH}`, DISPLAY: ':99' }, opened };
}
