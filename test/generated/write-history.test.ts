import {describe, expect, it} from 'vitest'
import type {History} from './history.ts'
import {writeHistory} from './write-history.ts'

const wish = {steps: 24, backups: 0.7, switchovers: 0.2, crashes: 0.1}
const histories = Array.from({length: 150}, (_, seed) => writeHistory(seed, wish))

describe('a written history', () => {
  it('is the same for the same seed, and the beginning of a longer one', () => {
    for (const [seed, {steps}] of histories.slice(0, 40).entries()) {
      expect(writeHistory(seed, wish).steps).toEqual(steps)
      expect(writeHistory(seed, {...wish, steps: 9}).steps).toEqual(steps.slice(0, 9))
    }
  })

  it('gives each statement a tag that is no part of another', () => {
    for (const history of histories) {
      const tags = statementsOf(history).map(({tag}) => tag)
      expect(tags.filter(tag => tags.some(other => other !== tag && other.includes(tag)))).toEqual([])
      expect(new Set(tags).size).toBe(tags.length)
    }
  })

  it('lets no session wait: a table that is held is touched by nobody else', () => {
    const waits = histories.flatMap(history =>
      history.transactions.flatMap(holder =>
        holder.statements
          .filter(({fate}) => fate === 'done')
          .flatMap(({table, step}) =>
            history.transactions
              .filter(other => other !== holder)
              .flatMap(other => other.statements)
              .filter(other => parentOf(other.table) === parentOf(table) && other.step > step)
              .filter(other => other.step < (holder.ended ?? Infinity))
              .map(other => `${history.seed}: ${table} of step ${step} at step ${other.step}`),
          ),
      ),
    )
    expect(waits).toEqual([])
  })

  it('has everything in it, over many seeds', () => {
    const text = histories
      .flatMap(({steps}) => steps.flatMap(step => (step.kind === 'sql' ? step.sql : [step.kind])))
      .join('\n')
    for (const word of [
      ...['savepoint', 'rollback to savepoint', 'release savepoint', 'prepare transaction', 'commit prepared'],
      ...['rollback prepared', 'vacuum full', 'cluster', 'alter n type', 'partition of', 'nextval', 'identity'],
      ...['truncate', 'drop table', 'create database', 'drop database', 'lo_from_bytea', 'create role', 'unlogged'],
      ...['full', 'backup', 'switchover', 'crash', 'checkpoint', 'switch-wal', 'loop'],
    ])
      expect(text, word).toContain(word)
    const fates = new Set(histories.flatMap(history => statementsOf(history).map(({fate}) => fate)))
    expect(fates).toEqual(new Set(['done', 'undone', 'failed']))
    const outcomes = new Set(histories.flatMap(({transactions}) => transactions.map(({outcome}) => outcome)))
    expect(outcomes).toEqual(new Set(['committed', 'rolled back', 'open']))
  })

  it('ends every session where the primary changes', () => {
    for (const {steps, transactions} of histories) {
      const change = steps.findIndex(({kind}) => kind === 'switchover' || kind === 'crash')
      const over = transactions.filter(
        ({begun, prepared, ended}) => begun < change && (prepared ?? Infinity) > change && (ended ?? Infinity) > change,
      )
      expect(over).toEqual([])
    }
  })
})

const statementsOf = ({transactions}: History): History['transactions'][number]['statements'] =>
  transactions.flatMap(({statements}) => statements)

const parentOf = (table: string): string => table.replace(/_p\d+$/, '')
