import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {changesOf, controlsTransactions, parseTableName} from './statement-targets.ts'

const brief = (text: string) =>
  changesOf(text).map(({verb, targets, everyRow}) => [
    `${verb}${everyRow ? ' all' : ''}`,
    ...targets.map(
      ({kind, schema, name}) => `${kind === 'schema' ? 'schema ' : ''}${schema === null ? '' : `${schema}|`}${name}`,
    ),
  ])

describe('changesOf', () => {
  it.each<readonly [string, readonly (readonly string[])[]]>([
    ['delete from g.x;', [['delete all', 'g|x']]],
    ['DELETE FROM ONLY "G"."X y" AS a WHERE id = 1', [['delete', 'G|X y']]],
    ['delete from g.x using g.y where x.id = y.id', [['delete', 'g|x']]],
    ["update t set a = (select 1 from u where true), b = 'where'", [['update all', 't']]],
    ['update t set a = 1 where id in (1)', [['update', 't']]],
    ['insert into s.t values (1) on conflict (id) do update set a = 2', [['insert', 's|t']]],
    ['merge into t using u on true when matched then delete', [['merge', 't']]],
    [
      'with d as (delete from a.b where x returning *) insert into c select * from d',
      [
        ['delete', 'a|b'],
        ['insert', 'c'],
      ],
    ],
    ['select * from t for update', []],
    ['select 1 from t for no key update of t', []],
    ['truncate table only a.b, c * restart identity cascade', [['truncate', 'a|b', 'c']]],
    ['TRUNCATE x', [['truncate', 'x']]],
    ['drop table if exists a.b, "C" cascade', [['drop', 'a|b', 'C']]],
    ['drop schema if exists s cascade', [['drop', 'schema s']]],
    ['drop materialized view m', [['drop', 'm']]],
    ['alter table if exists only db.a.b drop column c', [['alter', 'a|b']]],
    ['refresh materialized view m', [['alter', 'm']]],
    ['cluster verbose a.b using i', [['alter', 'a|b']]],
    ['copy a.b (x, y) from stdin', [['insert', 'a|b']]],
    ['copy a.b to stdout', []],
    ['copy (select 1 from t) to stdout', []],
    ['create table t as select 1', []],
    ['create trigger x before update on t for each row execute function f()', []],
    ['grant update on t to x', []],
    ['drop function f', []],
    ['-- delete from a\n/* delete from b */ delete /* x */ from c where d = $$delete from e$$', [['delete', 'c']]],
    [
      'do $body$ begin delete from a.b; update c set d = 1; end $body$',
      [
        ['delete all', 'a|b'],
        ['update all', 'c'],
      ],
    ],
    ["do 'begin delete from orders where id=34; end'", [['delete', 'orders']]],
    ['execute p(32); (prepare: prepare p as delete from orders where id=$1;)', [['delete', 'orders']]],
    ['begin; delete from a where true; commit', [['delete', 'a']]],
    ['set x = 1', []],
    ['', []],
  ])('%j', (text, expected) => expect(brief(text)).toEqual(expected))

  it('finds the table under any name that PostgreSQL quotes', () =>
    fc.assert(
      fc.property(fc.string({minLength: 1}), fc.string({minLength: 1}), (schema, name) => {
        const quoted = [schema, name].map(part => `"${part.replaceAll('"', '""')}"`).join('.')
        expect(changesOf(`DELETE FROM ${quoted} WHERE "delete from" = 'x'`)).toEqual([
          {verb: 'delete', targets: [{kind: 'table', schema, name}], everyRow: false},
        ])
        expect(parseTableName(quoted)).toEqual({kind: 'table', schema, name})
      }),
    ))
  it('reads any text to its end', () =>
    fc.assert(
      fc.property(fc.string(), text => {
        expect(() => changesOf(`${text}; delete from x; ${text}`)).not.toThrow()
      }),
    ))
})

describe('controlsTransactions', () => {
  it.each([
    ['begin; delete from a; commit', true],
    ['delete from a; commit; delete from b', true],
    ['delete from a; delete from b', false],
    ['commit', false],
    ["delete from a where b = '; commit'", false],
  ])('%j: %s', (text, expected) => expect(controlsTransactions(text)).toBe(expected))
})

describe('parseTableName', () => {
  it.each([
    ['orders', null, 'orders'],
    ['hl.Ledger', 'hl', 'ledger'],
    ['"A b"."c""d"', 'A b', 'c"d'],
    [' hl . x ', 'hl', 'x'],
    ['größe.maß', 'größe', 'maß'],
  ])('%j', (text, schema, name) => expect(parseTableName(text)).toEqual({kind: 'table', schema, name}))
  it.each(['', ' ', 'a.b.c', 'f."un', 'f.b1; drop', '"', '""', '1a', 'a.', '.b', 'a b', "a'"])('%j is none', text =>
    expect(parseTableName(text)).toBeNull(),
  )
})
