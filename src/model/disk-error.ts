// A failed write as an error that a person can act on. PURE. Not here: writing.
import {hint} from './command-hint.ts'
import {HlError} from './errors.ts'

/** What the operating system says, in words; a code that is not here is said as it is. */
const words: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a file stands where a folder was to be',
  EEXIST: 'it is there already',
  EISDIR: 'a folder stands where a file was to be',
  ENOENT: 'its folder is gone',
  EIO: 'the disk does not take it',
  ELOOP: 'a link leads back to itself',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
}

/** DISK_FULL for a full disk or quota, FILE_UNWRITABLE for what else the system refuses; others as they came. */
export function diskError(path: string, error: unknown): unknown {
  if (error instanceof HlError || !(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error
  const code = String(error.code)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new HlError('DISK_FULL', `${path} cannot be written: no space left`, {
      next: [hint('runs prune', {why: 'removes old runs'}), '`docker system df` shows what Docker holds'],
      cause: error,
    })
  return new HlError('FILE_UNWRITABLE', `${path} cannot be written: ${words[code] ?? code}`, {
    next: ['make it writable, or keep runs elsewhere: HL_RUNS=<folder>, or "runs" in hl.config.json'],
    cause: error,
  })
}
