// Sizes of the shards on the screen. PURE. Invariant: an estimate begins with `~`, and what is not known is `-`.
import {formatBytes, formatCount, formatShare, plural} from '../../src/model/quantity.ts'
import {printable} from '../../src/report/printable.ts'
import type {Theme} from '../../src/report/theme.ts'
import type {SizesAnswer} from '../../src/sharding/read-sizes.ts'
import {tableLines} from './table.ts'

const tableColumns = [
  {name: 'TABLE'},
  {name: 'SHARD'},
  {name: 'ROWS', align: 'right'},
  {name: 'SIZE', align: 'right'},
  {name: 'WRITTEN', align: 'right'},
] as const
const hotColumns = [
  {name: 'HOT GROUP', align: 'right'},
  {name: 'SHARD'},
  {name: 'TABLE'},
  {name: 'SHARE', align: 'right'},
  {name: 'ROWS', align: 'right'},
  {name: 'OF KEYS', align: 'right'},
] as const

/** Ends in a newline. */
export function sizesScreen({tables, shards, hotGroups, notAsked}: SizesAnswer, theme: Theme): string {
  return [
    ...tableLines(
      tableColumns,
      tables.map(({table, shard, kind, rowsEstimated, bytes, rowsWritten}) => [
        `${table}${kind === 'reference' ? ' (reference)' : ''}`,
        shard,
        estimate(rowsEstimated),
        formatBytes(bytes),
        formatCount(rowsWritten),
      ]),
      theme.dim,
    ),
    ...shards.map(
      ({shard, bytes, rowsEstimated}) => `${shard} in all: ${estimate(rowsEstimated)} rows, ${formatBytes(bytes)}`,
    ),
    ...notAsked.map(({shard, reason}) => `${theme.fail(`${shard}:`)} not asked: ${printable(reason)}`),
    '',
    ...(hotGroups.length === 0
      ? ['no group is known to be hot: no table has keys that are much more common than others, or none was analysed']
      : tableLines(
          hotColumns,
          hotGroups.map(({shard, table, group, shareEstimated, rowsEstimated, keys}) => [
            String(group),
            shard,
            table,
            `~${formatShare(shareEstimated)}`,
            estimate(rowsEstimated),
            plural(keys, 'key'),
          ]),
          theme.dim,
        )),
    theme.dim(
      '~ is an estimate: rows from pg_class, shares from pg_stats (the most common keys), as of the last ANALYZE ' +
        'or VACUUM;',
    ),
    theme.dim(
      '- was never analysed; SIZE is measured, with indexes; WRITTEN: rows inserted, updated, deleted since ' +
        'statistics were reset',
    ),
    '',
  ].join('\n')
}

const estimate = (rows: number | null): string => (rows === null ? '-' : `~${formatCount(rows)}`)
