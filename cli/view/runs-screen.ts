// The stored runs as a table. PURE. Not here: reading them (src/experiment/store).
import type {StoredLine} from '../../src/experiment/store/list-stored.ts'
import {formatCount, plural} from '../../src/model/quantity.ts'
import {rtoText} from '../../src/report/rto-parts.ts'
import type {Cell, Column} from './table.ts'

export const runColumns: readonly Column[] = [
  {name: 'RUN'},
  {name: 'SCENARIO'},
  {name: 'VERDICT'},
  {name: 'RTO', align: 'right'},
  {name: 'LOST', align: 'right'},
  {name: 'SEED', align: 'right'},
  {name: 'STARTED (UTC)'},
]

export function runCells(line: StoredLine): readonly Cell[] {
  const {run, scenario, verdict, lostWrites, seed, startedAt} = line
  return [
    run,
    scenario ?? '?',
    verdict === 'cut-off' ? 'cut off' : verdict,
    rtoCell(line),
    lostWrites === null ? '-' : formatCount(lostWrites),
    seed === null ? '-' : String(seed),
    startedAt === null ? '-' : startedAt.slice(0, 19).replace('T', ' '),
  ]
}

/** Of a recovery, no RTO means that nothing was to come back. */
function rtoCell({verdict, command, rto, trials}: StoredLine): string {
  if (verdict === 'cut-off' || verdict === 'unreadable') return '-'
  const text = rto === null && command === 'drill' ? 'not measured' : rtoText(rto)
  return trials === null ? text : `${text} (last of ${plural(trials, 'trial')})`
}
