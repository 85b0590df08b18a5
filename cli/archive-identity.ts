// The identity of an encrypted archive from a file that a person kept. Not here: the one in the lab's volume, and
// whether it opens anything (src/lab/lifecycle/archive-key.ts).
import {readFileSync} from 'node:fs'
import {hint} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'

/**
 * As `hl backups key` printed it, comments included; absent: the lab's own is taken. USAGE when the file cannot be read
 * or holds no identity.
 */
export function identityFrom(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const next = ['--identity <file>, with what was printed by', hint('backups key')]
  try {
    const text = readFileSync(path, 'utf8')
    if (text.split('\n').some(line => line.startsWith('AGE-SECRET-KEY-'))) return text
  } catch (cause) {
    throw new HlError('USAGE', `${path} cannot be read`, {next, cause})
  }
  throw new HlError('USAGE', `there is no identity in ${path}`, {next})
}
