// What a run's report claims, counted again from its history and from the database. For tests only.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Report} from '../../src/model/report.ts'
import type {Check} from '../../src/model/verdict.ts'
import type {TestLab} from './use-lab.ts'

export const failed = (checks: readonly Check[]): readonly string[] =>
  checks.filter(check => check.verdict === 'fail').map(check => check.name)

/** Ids of the clients' writes that are in the database, by SQL of the test's own. */
export async function countedByHand(lab: TestLab, run: string): Promise<ReadonlySet<number>> {
  const {result} = await lab.json<{readonly output: string}>(
    'psql',
    `COPY (SELECT op_id FROM hl.ledger WHERE run = '${run}' UNION ALL SELECT op_id FROM hl.transfers WHERE run = '${run}') TO STDOUT`,
  )
  return new Set(
    result.output
      .split('\n')
      .filter(line => /^\d+$/.test(line))
      .map(Number),
  )
}

export function acknowledgedIds(lab: TestLab, report: Report): readonly number[] {
  const history = readFileSync(join(lab.cwd, report.files['history'] ?? ''), 'utf8')
  return history
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as {readonly id: number; readonly kind: string; readonly outcome: string})
    .filter(op => (op.kind === 'append' || op.kind === 'transfer') && op.outcome.startsWith('ok'))
    .map(op => op.id)
}
