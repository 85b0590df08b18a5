// Barriers of a lab of shards on the screen. PURE.
import {hint, hintText} from '../../src/model/command-hint.ts'
import {plural} from '../../src/model/quantity.ts'
import type {BarriersAnswer, ListedBarrier, TakenBarrier} from '../../src/recovery/barriers.ts'
import {printable} from '../../src/report/printable.ts'
import type {Theme} from '../../src/report/theme.ts'
import {tableLines, type Cell} from './table.ts'

/** One that was just taken. */
export function takenBarrierText({lab, name, takenAt, heldMs, positions, inArchive}: TakenBarrier): string {
  const restore = hint('restore', {flags: {'into': '<new lab>', 'to-barrier': name}, lab})
  return [
    `barrier ${name} at ${takenAt}: ${positions.map(positionText).join(', ')}; transactions over shards waited ` +
      `${heldMs} ms at most`,
    inArchive === null
      ? 'the lab has no archive, so nothing can be restored to it here'
      : `${hintText(restore, lab)} goes back there`,
    ...(inArchive === false ? ['its line is not in the archive: the shards alone know of it'] : []),
  ].join('\n')
}

const positionText = ({shard, lsn, timeline}: TakenBarrier['positions'][number]): string =>
  `${shard} ${lsn} on timeline ${timeline}`

/** Ends in a newline. */
export function barriersScreen({lab, barriers, notAsked}: BarriersAnswer, theme: Theme): string {
  const silent =
    notAsked.length === 0 ? [] : [`${theme.fail('not asked:')} ${notAsked.join(', ')}; the archive tells of theirs`]
  if (barriers.length === 0)
    return ['there is no barrier', ...silent, `next: ${hintText(hint('shards barrier'), lab)}`, ''].join('\n')
  const table = tableLines(
    [{name: 'BARRIER'}, {name: 'TAKEN'}, {name: 'HELD', align: 'right'}, {name: 'POSITIONS'}, {name: 'RESTORE'}],
    barriers.map(barrier => cells(barrier, theme)),
    theme.dim,
  )
  const why = barriers.flatMap(({name, reach}) => (reach?.kind === 'no' ? [`${name}: ${printable(reach.why)}`] : []))
  return [...table, ...why, ...silent, ''].join('\n')
}

function cells({name, takenAt, heldMs, positions, reach}: ListedBarrier, theme: Theme): readonly Cell[] {
  const moves = new Set(positions.flatMap(position => position.moves))
  return [
    name,
    takenAt.slice(0, 23),
    `${heldMs} ms`,
    [
      ...positions.map(({shard, lsn}) => `${shard} ${lsn}`),
      ...(moves.size === 0 ? [] : [`${plural(moves.size, 'move')} under way`]),
    ].join(', '),
    reachCell(reach, theme),
  ]
}

function reachCell(reach: ListedBarrier['reach'], theme: Theme): Cell {
  switch (reach?.kind) {
    case undefined:
      return {text: 'no archive', paint: theme.dim}
    case 'archived':
      return {text: 'yes', paint: theme.ok}
    case 'pending':
      return {text: 'yes, once archived', paint: theme.ok}
    case 'no':
      return {text: 'no', paint: theme.fail}
  }
}
