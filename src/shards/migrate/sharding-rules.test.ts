import {describe, expect, it} from 'vitest'
import {shardingViolations, type DeclaredTable} from './sharding-rules.ts'

const orders: DeclaredTable = {
  table: 'public.orders',
  kind: 'sharded',
  keyColumn: 'user_id',
  keyType: 'int8',
  exists: true,
  key: {type: 'int8', notNull: true},
  uniqueKeys: [{index: 'public.orders_pkey', isConstraint: true, columns: ['user_id', 'order_id']}],
  foreignKeys: [
    {name: 'of_user', columns: ['user_id'], target: 'public.users', targetColumns: ['user_id']},
    {name: 'in_currency', columns: ['currency'], target: 'public.currencies', targetColumns: ['code']},
  ],
  fences: 1,
}
const users: DeclaredTable = {...orders, table: 'public.users', uniqueKeys: [], foreignKeys: []}
const currencies: DeclaredTable = {
  ...users,
  table: 'public.currencies',
  kind: 'reference',
  keyColumn: null,
  keyType: null,
  key: null,
  fences: 0,
}

describe('sharded tables', () => {
  it('that keep the rules break none', () => expect(shardingViolations([orders, users, currencies])).toEqual([]))

  it.each<[string, Partial<DeclaredTable>, string, string | null]>([
    ['is not there', {exists: false}, 'does not exist', null],
    ['has no such column', {key: null}, 'no column user_id', null],
    ['allows NULL', {key: {type: 'int8', notNull: false}}, 'say NOT NULL', null],
    ['has another type', {key: {type: 'int4', notNull: true}}, 'of type int4 and is declared with int8', null],
    ['has no fence', {fences: 0}, 'has no fence', null],
    ['is of no kind', {kind: 'odd'}, 'is declared as odd', null],
    [
      'has a unique index without the key',
      {uniqueKeys: [{index: 'public.e', isConstraint: false, columns: ['email', null]}]},
      'public.e (email, an expression) without its key column user_id',
      'public.e',
    ],
    [
      'has a unique constraint without the key',
      {uniqueKeys: [{index: 'public.e', isConstraint: true, columns: ['email']}]},
      'public.e (email) without',
      null,
    ],
    [
      'refers across shards',
      {foreignKeys: [{name: 'f', columns: ['buyer'], target: 'public.users', targetColumns: ['user_id']}]},
      'does not pair user_id with user_id',
      null,
    ],
    [
      'pairs the key with another column',
      {foreignKeys: [{name: 'f', columns: ['user_id'], target: 'public.users', targetColumns: ['id']}]},
      'does not pair user_id with user_id',
      null,
    ],
    [
      'refers to nobody’s table',
      {foreignKeys: [{name: 'f', columns: ['user_id'], target: 'public.plain', targetColumns: ['user_id']}]},
      'neither sharded nor a reference table',
      null,
    ],
  ])('of which one %s break one', (_what, wrong, message, index) => {
    const found = shardingViolations([{...orders, ...wrong}, users, currencies])
    expect(found).toEqual([{table: 'public.orders', message: expect.stringContaining(message), index}])
  })

  it('counts varchar as text', () => {
    const names = {...users, keyType: 'text', key: {type: 'varchar', notNull: true}}
    expect(shardingViolations([names])).toEqual([])
  })

  it('are not what a reference table refers to', () => {
    const foreignKeys = [{name: 'f', columns: ['user_id'], target: 'public.users', targetColumns: ['user_id']}]
    expect(shardingViolations([users, {...currencies, foreignKeys}])).toMatchObject([
      {table: 'public.currencies', message: expect.stringContaining('reference table and has the foreign key f')},
    ])
  })
})
