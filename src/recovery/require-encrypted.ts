import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

/**
 * A flag that opens what is encrypted would do nothing in an archive that is not: whoever gives it believes something
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
