import { expect, it } from 'vitest';
import { systemdSockets } from './systemd-sockets.ts';

it.each(['', '0', '-1', '0x1', '1e0', '1.5', ' 1', '65', '99999999999', 'Infinity'])(
  'an agent takes no sockets where LISTEN_FDS is %j',
  (count) => {
    const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: count };
    expect(systemdSockets(environment, process.pid)).toBeUndefined();
  },
);
