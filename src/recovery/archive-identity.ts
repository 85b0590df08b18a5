// The identity that opens the encrypted archive of a lab, for a person to keep elsewhere. Not here: where it is
// (src/lab/lifecycle/archive-key.ts).
import type {Docker} from '../lab/docker/docker.ts'
import {publicKey, readIdentity} from '../lab/lifecycle/archive-key.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

export interface ArchiveIdentity {
  readonly lab: string
  readonly recipient: string
  /** Whoever has it reads every backup of the lab. */
  readonly identity: string
}

/** Errors: ARCHIVE_KEY_MISSING for an archive that is not encrypted, or whose identity is gone. */
export async function archiveIdentity(
  docker: Docker,
  {lab, encrypted}: Pick<Cluster, 'lab' | 'encrypted'>,
): Promise<ArchiveIdentity> {
  requireAKey({lab, encrypted})
  return {
    lab,
    recipient: await publicKey(docker, lab),
    identity: (await readIdentity(docker, lab)).trim(),
  }
}

/** ARCHIVE_KEY_MISSING for an archive that is not encrypted. */
export function requireAKey({lab, encrypted}: Pick<Cluster, 'lab' | 'encrypted'>): void {
  if (encrypted) return
  throw new HlError('ARCHIVE_KEY_MISSING', `the archive of lab ${lab} is not encrypted, so there is no key`, {
    next: [
      hint('up', {
        flags: {archive: 'command', encrypt: true},
        lab: '<name>',
        why: 'makes a lab with an encrypted one',
      }),
    ],
  })
}
