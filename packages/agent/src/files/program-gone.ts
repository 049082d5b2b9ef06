import { systemErrorCode } from './system-error.ts';

/** Whether an error means that a part of the running program is no longer on the disk: an upgrade may have removed it. */
export function isProgramGone(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  return ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(code);
}
