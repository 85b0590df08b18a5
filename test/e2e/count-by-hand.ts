// What a run's report claims, counted again from its history and from the database. For tests only.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Report} from '../../src/model/report.ts'
import type {Check} from '../../src/model/verdict.ts'
import type {TestLab} from './use-lab.ts'

export const failed = (checks: readonly Check[]): readonly string[] =>
  checks.filter(check => check.verdict === 'fail').map(check => check.name)

/** Whose writes: those of clients, or those of the writers that are pinned to each node. */
type Whose = 'clients' | 'pinned'
const tables = {clients: ['hl.ledger', 'hl.transfers'], pinned: ['hl.pinned']} as const
const kinds: Readonly<Record<Whose, readonly string[]>> = {clients: ['append', 'transfer'], pinned: ['pinned-write']}

/** Ids of writes that are in the database, by SQL of the test's own. */
export async function countedByHand(lab: TestLab, run: string, whose: Whose = 'clients'): Promise<ReadonlySet<number>> {
  const selects = tables[whose].map(table => `SELECT op_id FROM ${table} WHERE run = '${run}'`)
  const {result} = await lab.json<{readonly output: string}>('psql', `COPY (${selects.join(' UNION ALL ')}) TO STDOUT`)
  return new Set(
    result.output
      .split('\n')
      .filter(line => /^\d+$/.test(line))
      .map(Number),
  )
}

export function acknowledgedIds(lab: TestLab, report: Report, whose: Whose = 'clients'): readonly number[] {
  const history = readFileSync(join(lab.cwd, report.files['history'] ?? ''), 'utf8')
  return history
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as {readonly id: number; readonly kind: string; readonly outcome: string})
    .filter(op => kinds[whose].includes(op.kind) && op.outcome.startsWith('ok'))
    .map(op => op.id)
}
