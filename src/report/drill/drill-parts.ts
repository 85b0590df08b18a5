// Where a recovery went: each part with its share and a line that says what was done in it. Invariant: a note claims no
// more than the record shows; every part has one (the compiler checks). Not here: how the parts are computed
// (src/measure/drill).
import type {DrillPartName, DrillReport} from '../../model/drill.ts'
import {formatMs} from '../../model/time.ts'
import {formatBytes} from '../quantity.ts'

export interface ExplainedDrillPart {
  readonly name: DrillPartName | 'unattributed'
  readonly ms: number
  /** Of the sum of all parts; 0 when that is 0. */
  readonly share: number
  readonly note: string
}

/** The parts in order, with notes; parts of nothing are left out. */
export function explainDrillParts(report: DrillReport): readonly ExplainedDrillPart[] {
  const parts = report.rto?.parts ?? []
  const sum = parts.reduce((total, part) => total + part.ms, 0)
  return parts
    .filter(part => part.ms > 0)
    .map(({name, ms}) => ({name, ms, share: sum === 0 ? 0 : ms / sum, note: partNote(report, name, ms)}))
}

/** `where the 12.00 s went`, or of what never came back: as far as it came. */
export function partsTitle({rto}: DrillReport): string {
  const ms = rto?.ms ?? null
  return ms === null ? 'where the time went, as far as it came' : `where the ${formatMs(ms)} went`
}

function partNote({restore, rto}: DrillReport, name: ExplainedDrillPart['name'], ms: number): string {
  switch (name) {
    case 'detect':
      return 'until the disaster was seen'
    case 'decide':
      return 'until it was decided what to restore, and to where'
    case 'create':
      return 'making containers: of the new lab, or of the copy'
    case 'fail-over':
      return 'until another member was the primary'
    case 'set-aside':
      return 'stopping the members and moving their data aside'
    case 'compare':
      return 'comparing the copy with its manifest (pg_verifybackup)'
    case 'bring-table':
      return 'the table from the copy into the running cluster (pg_dump, pg_restore)'
    case 'take-over':
      return 'until Patroni had made the restored member the primary'
    case 'locate':
      return 'finding the bad transaction in the WAL'
    case 'fetch':
      return restore === null
        ? 'copying the base backup'
        : `copying ${formatBytes(restore.copiedBytes)} of base backup${perSecond(restore.copiedBytes, ms)}`
    case 'combine':
      return 'making one backup of the chain (pg_combinebackup)'
    case 'start':
      return 'until PostgreSQL had started and its data was consistent'
    case 'consistent':
      return 'replaying the WAL that was written during the backup'
    case 'replay':
      return restore === null
        ? 'replaying WAL up to the target'
        : `replaying WAL up to the target, ${formatBytes(restore.replayedBytes)} in all`
    case 'promote':
      return 'the promotion, new passwords and a clean shutdown'
    case 'first-write':
      return rto?.parts.some(({name: other}) => other === 'bring-table' || other === 'fail-over') === true
        ? 'reading all of the table, and a write to it'
        : "until a client's write was acknowledged through the router"
    case 'unattributed':
      return 'no phase explains it'
    default:
      return name satisfies never
  }
}

function perSecond(bytes: number, ms: number): string {
  return bytes <= 0 || ms <= 0 ? '' : `, ${formatBytes((bytes / ms) * 1_000)}/s`
}
