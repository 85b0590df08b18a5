// The identity of an encrypted archive from a file that a person kept. Not here: the one in the lab's volume, and
// whether it opens anything (src/lab/lifecycle/archive-key.ts).
import {readFileSync} from 'node:fs'
import {HlError} from '../src/model/errors.ts'
import type {Cluster} from '../src/model/ports.ts'

/**
 * As `hl backups key` printed it, comments included; absent: the lab's own is taken. USAGE when the file cannot be read
 * or holds no identity.
 */
export function identityFrom(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const next = ['--identity <file>, with what hl backups key printed']
  try {
    const text = readFileSync(path, 'utf8')
    if (text.split('\n').some(line => line.startsWith('AGE-SECRET-KEY-'))) return text
  } catch (cause) {
    throw new HlError('USAGE', `${path} cannot be read`, {next, cause})
  }
  throw new HlError('USAGE', `there is no identity in ${path}`, {next})
}

/**
 * A flag that opens what is sealed would do nothing in an archive that is not: whoever gives it believes something
 * untrue of the lab. USAGE.
 */
export function requireEncrypted(
  {lab, encrypted}: Pick<Cluster, 'lab' | 'encrypted'>,
  flag: '--identity' | '--decrypt',
): void {
  if (!encrypted)
    throw new HlError('USAGE', `the archive of lab ${lab} is not encrypted, so ${flag} has nothing to open`, {
      next: [`leave out ${flag}`, 'is it the lab that you mean? --lab <name>'],
    })
}
