import { systemErrorCode } from './files/system-error.ts';

/** Whether a part of the running program could not be loaded: another version may have been installed since it was started. */
export function isProgramGone(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  return ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(code);
}
