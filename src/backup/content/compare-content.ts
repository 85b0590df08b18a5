// PURE: does a restored server hold what was recorded with the backup? Invariant: the comparison passes only when every
// table is there with the same rows, and nothing else is; what differs is named. Not here: asking the server
// (content-sql.ts).
import type {BackupContent, TableContent} from '../../model/backup.ts'
import type {Check} from '../../model/verdict.ts'
import {plural} from '../../model/quantity.ts'

type Comparable = Pick<BackupContent, 'tables' | 'sequences' | 'roles' | 'extensions'>

/** One check for the rows, and one for what is not rows. */
export function compareContent(recorded: Comparable, found: Comparable): readonly Check[] {
  const differing = differingTables(recorded.tables, found.tables)
  const rows = recorded.tables.reduce((sum, table) => sum + table.rows, 0)
  return [
    check('content', differing, `as recorded: ${plural(recorded.tables.length, 'table')} with ${plural(rows, 'row')}`),
    check(
      'recorded-sequences',
      differingTexts(recorded.sequences, found.sequences),
      `as recorded: ${plural(recorded.sequences.length, 'sequence')}`,
    ),
    check(
      'recorded-roles',
      differingTexts(recorded.roles, found.roles),
      `as recorded: ${plural(recorded.roles.length, 'role')}`,
    ),
    check(
      'recorded-extensions',
      differingTexts(recorded.extensions, found.extensions),
      `as recorded: ${plural(recorded.extensions.length, 'extension')}`,
    ),
  ]
}

/** By name: what is missing, what is more than was recorded, what is not the same. */
function differingTables(recorded: readonly TableContent[], found: readonly TableContent[]): readonly string[] {
  const there = new Map(found.map(table => [table.name, table]))
  const expected = new Set(recorded.map(({name}) => name))
  return [
    ...recorded.flatMap(table => {
      const other = there.get(table.name)
      if (other === undefined) return [`${table.name} is missing`]
      if (other.rows !== table.rows) return [`${table.name} has ${other.rows} rows, recorded were ${table.rows}`]
      return other.hash === table.hash
        ? []
        : [`${table.name} has ${table.rows} rows as recorded, and not the same ones`]
    }),
    ...found.filter(({name}) => !expected.has(name)).map(({name}) => `${name} was not recorded`),
  ]
}

function differingTexts(recorded: readonly string[], found: readonly string[]): readonly string[] {
  return [
    ...recorded.filter(text => !found.includes(text)).map(text => `missing: ${text}`),
    ...found.filter(text => !recorded.includes(text)).map(text => `not recorded: ${text}`),
  ]
}

function check(name: string, differing: readonly string[], same: string): Check {
  const more = differing.length > 5 ? [`and ${differing.length - 5} more`] : []
  return {
    name,
    verdict: differing.length === 0 ? 'pass' : 'fail',
    detail: differing.length === 0 ? same : [...differing.slice(0, 5), ...more].join('; '),
  }
}
