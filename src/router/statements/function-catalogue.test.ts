// What is made of the answers, and that the questions can be asked by anyone: the SQL itself was run on 14, 15, 17 and
// 18.
import {describe, expect, it} from 'vitest'
import {
  connectionFunctions,
  functionsRefusedByStandbys,
  harmlessFunctions,
  knownFunctions,
  nodeFunctions,
  sessionFunctions,
  viewsOfOneNode,
  volatileFunctions,
} from './builtin-functions.ts'
import {classifyByParser} from './classify-by-parser.ts'
import {builtInCatalogue, isSameCatalogue, loadCatalogue, type FunctionCatalogue} from './function-catalogue.ts'
import {loadLibpgQuery} from './load-parser.ts'

type Row = Readonly<Record<string, unknown>>

async function loaded(
  functions: readonly Row[],
  relations: readonly Row[] = [],
  names: readonly Row[] = [],
): Promise<{readonly catalogue: FunctionCatalogue; readonly asked: readonly string[]}> {
  const asked: string[] = []
  const catalogue = await loadCatalogue(async text => {
    asked.push(text)
    return [functions, relations, names][asked.length - 1] ?? []
  })
  return {catalogue, asked}
}

describe('loadCatalogue', () => {
  it('sorts functions by whether they are volatile', async () => {
    const {catalogue} = await loaded([
      {oid: '1', name: 'lower', volatile: false},
      {oid: '2', name: 'audit', volatile: true},
      {oid: '3', name: 'as_text', volatile: 'f'},
      {oid: '4', name: 'odd', volatile: null},
      {oid: '5', name: 'overloaded', volatile: true},
      {oid: '6', name: 'overloaded', volatile: false},
    ])
    expect([...catalogue.known]).toEqual(['lower', 'as_text'])
    expect([...catalogue.volatile].filter(name => !functionsRefusedByStandbys.has(name))).toEqual([
      'audit',
      'odd',
      'overloaded',
    ])
  })

  it('takes for harmless only what PostgreSQL or an extension brings', async () => {
    const kindOf = async (row: Row): Promise<boolean> => (await loaded([row])).catalogue.known.has('random')
    expect(await kindOf({oid: '1', name: 'random', volatile: true, provided: true, own: true})).toBe(true)
    expect(await kindOf({oid: '1', name: 'random', volatile: true, provided: false, own: false})).toBe(false)
    expect(await kindOf({oid: '1', name: 'random', volatile: true})).toBe(false)
  })

  it('looks into aggregates, and takes the statistics of a node for what they are', async () => {
    const {catalogue} = await loaded([
      {oid: '1', name: 'step', volatile: true},
      {oid: '2', name: 'sum_up', volatile: false, parts: '9 1'},
      {oid: '3', name: 'sum', volatile: false, parts: '9 0'},
      {oid: '4', name: 'pg_stat_get_activity', volatile: false, provided: true, own: true},
    ])
    expect([...catalogue.known]).toEqual(['sum'])
    expect(catalogue.volatile.has('sum_up')).toBe(true)
    expect(catalogue.nodeFunctions.has('pg_stat_get_activity')).toBe(true)
  })

  it('follows views to what they read, in whatever order they come', async () => {
    const view = (oid: string, name: string, functions: string, relations: string | null, locks = false): Row => ({
      oid,
      name,
      functions,
      relations,
      locks,
      of_node: false,
    })
    const {catalogue} = await loaded(
      [
        {oid: '1', name: 'audit', volatile: true},
        {oid: '11', name: 'lower', volatile: false},
      ],
      [
        view('103', 'third', '({QUERY 11', '102 200'),
        view('102', 'second', '({QUERY', '101 102'),
        view('101', 'first', '({QUERY 11 1', '200'),
        view('104', 'clean', '({QUERY 11 111', '200 201'),
        view('105', 'locks_rows', '({QUERY', '200', true),
        view('106', 'over_policy', '({QUERY', '200 300'),
        view('300', 'guarded', '({FUNCEXPR 1', null),
      ],
    )
    expect([...catalogue.volatileRelations].sort()).toEqual([
      'first',
      'guarded',
      'locks_rows',
      'over_policy',
      'second',
      'third',
    ])
  })

  it('finds what is of one node: its own functions, views over them, sequences, and what reads these', async () => {
    const row = (
      oid: string,
      name: string,
      functions: string | null,
      relations: string | null,
      of_node = false,
    ): Row => ({
      oid,
      name,
      functions,
      relations,
      locks: false,
      of_node,
    })
    const {catalogue} = await loaded(
      [
        {oid: '1', name: 'pg_is_in_recovery', volatile: true, provided: true, own: true},
        {oid: '2', name: 'pg_lock_status', volatile: true, provided: true, own: true},
        {oid: '3', name: 'pg_lock_status', volatile: false, provided: false, own: false},
      ],
      [
        row('101', 'health', '({QUERY 1', '200'),
        row('102', 'locks', '({QUERY 2', null),
        row('103', 'over_health', '({QUERY', '101'),
        row('104', 'last_number', '({QUERY', '300'),
        row('105', 'plain', '({QUERY 3', '200'),
        row('300', 'numbers', null, null, true),
      ],
      [{name: 'orders'}, {name: 'health'}],
    )
    const found = [...catalogue.nodeRelations].filter(name => !viewsOfOneNode.has(name))
    expect(found.sort()).toEqual(['health', 'last_number', 'locks', 'numbers', 'over_health'])
    expect([...catalogue.volatileRelations]).toEqual([])
    expect([...catalogue.nodeFunctions]).toEqual(['pg_is_in_recovery', 'pg_lock_status'])
    expect(catalogue.relations).toEqual(new Set(['orders', 'health']))
  })

  it('tells whether anything is new', async () => {
    const {catalogue: one} = await loaded([{oid: '1', name: 'f', volatile: false}], [], [{name: 'a'}])
    const {catalogue: same} = await loaded([{oid: '9', name: 'f', volatile: false}], [], [{name: 'a'}])
    const {catalogue: renamed} = await loaded([{oid: '1', name: 'f', volatile: false}], [], [{name: 'b'}])
    expect([isSameCatalogue(one, same), isSameCatalogue(one, renamed), isSameCatalogue(one, builtInCatalogue)]).toEqual(
      [true, false, false],
    )
  })

  it('does not believe that what a standby refuses is stable', async () => {
    const {catalogue} = await loaded([{oid: '1', name: 'txid_current', volatile: false}])
    expect([catalogue.known.has('txid_current'), catalogue.volatile.has('txid_current')]).toEqual([false, true])
  })

  it('passes on that the database does not answer', async () => {
    await expect(loadCatalogue(async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('asks for nothing that search_path could replace', async () => {
    const {asked} = await loaded([])
    const parse = await loadLibpgQuery()
    for (const text of asked) {
      const tree = JSON.stringify(parse?.(text))
      for (const [, schema, name = ''] of tree.matchAll(/\{"RangeVar":\{(?:"schemaname":"(\w+)",)?"relname":"(\w+)"/g))
        expect([schema, name]).toEqual(['pg_catalog', name])
      for (const [, schema] of tree.matchAll(/"(?:funcname|names)":\[\{"String":\{"sval":"(\w+)"/g))
        expect(schema).toBe('pg_catalog')
    }
  })

  it('asks with what it would itself call reads', async () => {
    const {asked} = await loaded([])
    const parse = await loadLibpgQuery()
    expect(asked).toHaveLength(3)
    for (const text of asked)
      expect(classifyByParser(text, parse ?? (() => null), builtInCatalogue)).toMatchObject({kind: 'read'})
  })
})

describe('the built-in lists', () => {
  it('do not contradict each other', () => {
    const lists = [
      connectionFunctions,
      nodeFunctions,
      harmlessFunctions,
      sessionFunctions,
      functionsRefusedByStandbys,
      knownFunctions,
      volatileFunctions,
    ]
    const all = lists.flatMap(list => [...list])
    expect(new Set(all).size).toBe(all.length)
    expect([...builtInCatalogue.known].filter(name => builtInCatalogue.volatile.has(name))).toEqual([])
  })

  it('hold names as pg_proc has them', () => {
    const odd = [
      connectionFunctions,
      nodeFunctions,
      harmlessFunctions,
      sessionFunctions,
      functionsRefusedByStandbys,
      knownFunctions,
      volatileFunctions,
      viewsOfOneNode,
    ]
      .flatMap(list => [...list])
      .filter(name => !/^[a-z][a-z0-9_]*$/.test(name))
    expect(odd).toEqual([])
  })
})
