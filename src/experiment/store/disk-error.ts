// A failed write as an error that a person can act on. PURE. Not here: writing.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'

/** HlError DISK_FULL for a full disk or quota; every other error as it came. */
export function diskError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new HlError('DISK_FULL', `${path} cannot be written: no space left`, {
    next: [hint('runs prune', {why: 'removes old runs'}), '`docker system df` shows what Docker holds'],
    cause: error,
  })
}
