import {describe, expect, it} from 'vitest'
import {HlError} from '../model/errors.ts'
import {ShardError, type MigrationsReport} from '../shards/index.ts'
import {explainError, valueOf} from './explain-over-shards.ts'
import {requireApplied} from './prepare-shards.ts'
import {hlErrorOf} from './shard-errors.ts'

const codeOf = (error: unknown): string => (error instanceof HlError ? error.code : 'none')
const thrownBy = (work: () => unknown): unknown => {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

describe('what the library refuses', () => {
  it.each([
    ['MIGRATION_REFUSED', 'MIGRATION_REFUSED', 'hl migrations status'],
    ['SHARD_FAILED', 'LAB_UNHEALTHY', 'hl status'],
    ['QUARANTINED', 'LAB_UNHEALTHY', 'hl shards list'],
    ['KEY_MISSING', 'STATEMENT_REFUSED', 'change the statement'],
    ['COMMIT_UNKNOWN', 'BUG', 'hl migrations status'],
  ] as const)('%s is %s, and then %s', (code, hlCode, next) => {
    const error = hlErrorOf(new ShardError(code, 'so it is'))
    expect([codeOf(error), error instanceof HlError && error.message]).toEqual([hlCode, 'so it is'])
    expect(error instanceof HlError && error.next[0]).toContain(next)
  })
  it('is left alone where it was aborted, or is no refusal', () => {
    for (const error of [new ShardError('ABORTED', 'stop'), new Error('other')]) expect(hlErrorOf(error)).toBe(error)
  })
})

describe('a statement that is explained', () => {
  it('and is no SQL is a wrong use, and a grammar that is not there is told as such', () => {
    const noSql = Object.assign(new Error('syntax error'), {name: 'SqlError'})
    expect(codeOf(explainError(noSql))).toBe('USAGE')
    expect(codeOf(explainError(new ShardError('CONFIG_INVALID', 'npm install')))).toBe('CONFIG_INVALID')
    expect(codeOf(explainError(new ShardError('UNSUPPORTED', 'no')))).toBe('STATEMENT_REFUSED')
  })
  it.each([
    ['42', '42'],
    ['NULL', null],
    ['null', 'null'],
    ['[1,2]', [1, 2]],
    ['{1,2}', '{1,2}'],
  ])('takes %s as %j', (word, value) => expect(valueOf(word)).toEqual(value))
  it('takes no half list', () => expect(codeOf(thrownBy(() => valueOf('[1,')))).toBe('USAGE'))
})

describe('migrations of shards that are brought up', () => {
  const report: MigrationsReport = {outcome: 'applied', shards: [], drift: null}
  it('that are all applied pass', () => expect(thrownBy(() => requireApplied(report))).toBeNull())
  it('that failed are told with their shard', () => {
    const shard = {shard: 's2', applied: [], skipped: [], pending: ['0001_x.sql']}
    const failure = {migration: '0001_x.sql', message: 'no such table'}
    const failed = {...report, outcome: 'failed', shards: [{...shard, failure}]} as unknown as MigrationsReport
    const error = thrownBy(() => requireApplied(failed))
    expect(codeOf(error)).toBe('MIGRATION_FAILED')
    expect(error instanceof HlError && error.message).toContain('s2: 0001_x.sql: no such table')
  })
})
