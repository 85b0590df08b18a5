import {describe, expect, it} from 'vitest'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {bringTable} from './bring-table.ts'

const state = JSON.stringify({
  chain: ['f'],
  timeline: 1,
  mode: 'paused',
  delayMs: 0,
  target: '',
  lastCommit: '2026-11-24T10:00:00Z',
})

/** A copy that knows the table by `quoted`, and a lab that has none of that name; everything that ran, in order. */
function worldOf(quoted: string, {abortAt = ''}: {readonly abortAt?: string} = {}) {
  const ran: string[] = []
  const stop = new AbortController()
  const note = (words: string): void => {
    ran.push(words)
    if (abortAt !== '' && words.includes(abortAt)) stop.abort('SIGINT')
  }
  const answer = (stdout = ''): ExecResult => ({exitCode: 0, stdout, stderr: ''})
  const node: RestoreNode = {
    exec: async argv => {
      const words = argv.join(' ')
      note(words)
      return Promise.resolve(
        answer(
          words.includes('quote_ident')
            ? quoted
            : words.includes('pg_is_in_recovery')
              ? 't|0/5|0/4|1|'
              : words.startsWith('cat')
                ? state
                : '',
        ),
      )
    },
    remove: async () => Promise.resolve(),
  }
  const cluster = {
    lab: 'lab',
    state: async () => Promise.resolve({primary: 'pg1'}),
    exec: async (_service: string, argv: readonly string[]) => {
      note(argv.join(' '))
      return Promise.resolve(answer(argv.join(' ').includes('count(*)') ? '7' : 'f'))
    },
  } as unknown as Cluster
  const bring = async (table: string): Promise<number> =>
    bringTable(
      cluster,
      node,
      table,
      async (_from, {argv}) => {
        note(argv.join(' '))
        return Promise.resolve(answer())
      },
      stop.signal,
    )
  return {bring, ran}
}

describe('a table of a copy', () => {
  it.each<readonly [string, string]>([
    ['hl.ledger', 'hl.ledger'],
    ['HL.Ledger', 'hl.ledger'],
    ['hl."Ledger"', 'hl."Ledger"'],
    ['hl."odd.name*"', 'hl."odd.name*"'],
    ['hl."say ""no"""', 'hl."say ""no"""'],
  ])('%s is dumped, and asked for, by the name that the copy quotes', async (table, quoted) => {
    const {bring, ran} = worldOf(quoted)
    expect(await bring(table)).toBe(7)
    expect(ran[0]).toContain(`to_regclass('${table}')`)
    expect(ran.find(words => words.startsWith('pg_dump'))).toContain(` --table-and-children=${quoted} -f `)
    expect(ran.at(-1)).toContain(`SELECT count(*) FROM ${quoted}`)
  })

  it('with a quote in its name is a literal of SQL, and no more', async () => {
    const {bring, ran} = worldOf(`hl."it's"`)
    await bring(`hl."it's"`)
    expect(ran[0]).toContain(`to_regclass('hl."it''s"')`)
    expect(ran[1]).toContain(`to_regclass('hl."it''s"')`)
  })

  it('that is not there is refused before anything is promoted', async () => {
    const {bring, ran} = worldOf('')
    await expect(bring('hl.never')).rejects.toMatchObject({code: 'TARGET_INVALID'})
    expect(ran.length).toBe(1)
  })

  it.each<readonly [string, string, string]>([
    ["to_regclass('hl.ledger') IS NOT NULL", 'nothing was done', 'to_regclass'],
    ['recovery promote', 'the copy was promoted for it', 'recovery promote'],
    ['pg_dump', 'nothing of hl.ledger was brought back', 'pg_dump'],
  ])('that is interrupted during %s says: %s', async (abortAt, message, last) => {
    const {bring, ran} = worldOf('hl.ledger', {abortAt})
    await expect(bring('hl.ledger')).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringContaining(message) as string,
    })
    expect(ran.at(-1)).toContain(last)
  })

  it('that has begun to come back comes back', async () => {
    const {bring} = worldOf('hl.ledger', {abortAt: 'pg_restore'})
    expect(await bring('hl.ledger')).toBe(7)
  })
})
