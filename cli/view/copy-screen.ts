// A recovery copy as text. PURE.
import type {BroughtTable} from '../../src/backup/copy/bring-table.ts'
import {plural} from '../../src/model/quantity.ts'
import type {CopyAnswer} from '../../src/recovery/recovery-copy.ts'

export function copyText({mode, target, chain, timeline, lsn, lastCommit, stopped}: CopyAnswer): string {
  return (
    `${{paused: 'paused', follow: 'follows', ended: 'promoted'}[mode]} at ${lsn} on timeline ${timeline}, last ` +
    `commit ${lastCommit}: ${target}; made of ` +
    `${chain.join(' + ')}${stopped === undefined ? '' : `\nIT STANDS STILL: ${stopped}`}`
  )
}

/** What came back of a table, and what did not, with the SQL that brings it where there is such. */
export function broughtText(table: string, lab: string, brought: BroughtTable): string {
  const {rows, otherRows, unlogged, missing, more} = brought
  return [
    `${table} is back in lab ${lab}: ` +
      `${plural(rows, 'row')}${isWhole(brought) ? ', and all that the catalog of the copy says of it' : ', but not all is as it was'}`,
    ...otherRows.map(text => `  other rows: ${text}`),
    ...unlogged.map(name => `  ${name} is unlogged: its rows are in no WAL, and it is empty`),
    ...missing.flatMap(({key, sql}) => [`  not back: ${key}`, ...(sql === null ? [] : [`    ${sql};`])]),
    ...more.map(key => `  was not there: ${key}`),
  ].join('\n')
}

/** Is all as it was? */
export function isWhole({otherRows, unlogged, missing, more}: BroughtTable): boolean {
  return otherRows.length + unlogged.length + missing.length + more.length === 0
}
