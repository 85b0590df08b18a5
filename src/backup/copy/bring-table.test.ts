import {describe, expect, it} from 'vitest'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {bringTable, type BroughtTable} from './bring-table.ts'
import type {TableFact} from './table-facts.ts'

const state = JSON.stringify({
  chain: ['f'],
  timeline: 1,
  mode: 'paused',
  delayMs: 0,
  target: '',
  lastCommit: '2026-11-24T10:00:00Z',
})

function fact(key: string, sql: string | null = null): TableFact {
  return {key, sql, undo: null, own: false}
}

/** A copy that knows the table by `quoted`, and a lab that has none of that name; everything that ran, in order. */
function worldOf(
  quoted: string,
  {
    abortAt = '',
    was = [fact('table hl.ledger')],
    is = was,
    rows = 7,
  }: {
    readonly abortAt?: string
    readonly was?: readonly TableFact[]
    readonly is?: readonly TableFact[]
    readonly rows?: number
  } = {},
) {
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
          words.includes('quote_ident(n.nspname)')
            ? quoted
            : words.includes("object('rows'")
              ? JSON.stringify({rows: [quoted], unlogged: []})
              : words.includes("object('seen'")
                ? JSON.stringify({seen: [{name: quoted, rows: 7, hash: '1'}]})
                : words.includes("object('facts'")
                  ? JSON.stringify({facts: was})
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
      return Promise.resolve(answer('f'))
    },
  } as unknown as Cluster
  const back = `\n${JSON.stringify({facts: is})}\n${JSON.stringify({seen: [{name: quoted, rows, hash: '1'}]})}\n`
  const bring = async (table: string): Promise<BroughtTable> =>
    bringTable(
      cluster,
      node,
      table,
      async (_from, {argv}) => {
        note(argv.join(' '))
        return Promise.resolve(answer(back))
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
    expect(await bring(table)).toEqual({rows: 7, otherRows: [], unlogged: [], missing: [], more: []})
    expect(ran[0]).toContain(`to_regclass('${table}')`)
    expect(ran.find(words => words.startsWith('pg_dump'))).toContain(` --table-and-children=${quoted} -f `)
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
    ['recovery promote', 'the copy was promoted for it', 'pg_is_in_recovery'],
    ['pg_dump', 'nothing of hl.ledger was brought back', 'table.sql'],
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
    expect(await bring('hl.ledger')).toMatchObject({rows: 7})
  })

  it('is told with what is not as it was: others that it took along, rights that it had not, rows', async () => {
    const view = fact('view h.v', 'CREATE VIEW h.v AS SELECT 1')
    const {bring} = worldOf('hl.ledger', {
      was: [fact('table hl.ledger'), view],
      is: [fact('table hl.ledger'), fact('grant of SELECT')],
      rows: 6,
    })
    expect(await bring('hl.ledger')).toEqual({
      rows: 6,
      otherRows: ['hl.ledger has 6 rows, in the copy 7'],
      unlogged: [],
      missing: [{key: 'view h.v', sql: 'CREATE VIEW h.v AS SELECT 1'}],
      more: ['grant of SELECT'],
    })
  })
})
