// PURE: which lines of a journal are of one cluster, where the clusters of a lab share an archive and its journal.
// Invariant: a line is of one cluster at most. Not here: the file (journal.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import type {Outcome} from './decide-due.ts'

/**
 * By what the line says; of one that was written before that was kept, by the backup that it names. `isSole`: the lab
 * has no other cluster, so all of them.
 */
export function ownOutcomes(
  outcomes: readonly Outcome[],
  {systemIdentifier, backups}: Pick<ArchiveListing, 'systemIdentifier' | 'backups'>,
  isSole: boolean,
): readonly Outcome[] {
  if (isSole) return outcomes
  const names = new Set(backups.map(({id}) => id))
  return outcomes.filter(outcome =>
    outcome.systemIdentifier === undefined
      ? outcome.backup !== null && names.has(outcome.backup)
      : outcome.systemIdentifier === systemIdentifier,
  )
}
