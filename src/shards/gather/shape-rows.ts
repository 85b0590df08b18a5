// What the caller gets of a row of texts: values by the parsers of types, as an object or an array, without hidden
// columns; and whether the shards agree on what a row is. Invariant: a row is told by positions until here. Not here:
// reading rows (leg.ts).
import pg, {type CustomTypesConfig, type FieldDef} from 'pg'
import {ShardError} from '../shard-error.ts'
import type {RawRow} from './compare-rows.ts'

export interface Shape {
  readonly fields: readonly FieldDef[]
  row(raw: RawRow): unknown
}

/** `hidden` trailing columns are not seen. */
export function shapeOf(
  fields: readonly FieldDef[],
  hidden: number,
  types: CustomTypesConfig | undefined,
  rowMode: 'array' | undefined,
): Shape {
  const visible = fields.slice(0, Math.max(0, fields.length - hidden))
  const parsers = visible.map(({dataTypeID}) => parserOf(types, dataTypeID))
  const valueAt = (raw: RawRow, column: number): unknown => {
    const text = raw[column] ?? null
    return text === null ? null : parsers[column]?.(text)
  }
  if (rowMode === 'array') return {fields: visible, row: raw => visible.map((_, column) => valueAt(raw, column))}
  // As pg's: all columns are there before the first value is, so that objects of one statement have one form.
  const empty = Object.fromEntries(visible.map(({name}) => [name, null]))
  return {
    fields: visible,
    row: raw => {
      const row: Record<string, unknown> = {...empty}
      for (const [column, {name}] of visible.entries()) row[name] = valueAt(raw, column)
      return row
    },
  }
}

function parserOf(types: CustomTypesConfig | undefined, oid: number): (text: string) => unknown {
  const getTypeParser = (types ?? pg.types).getTypeParser as (oid: number, format: 'text') => (text: string) => unknown
  return getTypeParser(oid, 'text')
}

/** Types above are made by each database itself, and numbered differently. */
const firstOwnOid = 16_384

/** Throws ShardError SHARD_FAILED that names a shard whose columns differ from those of the first one. */
export function checkSameFields(legs: readonly {readonly shard: string; readonly fields: readonly FieldDef[]}[]): void {
  const [first, ...others] = legs
  if (first === undefined) return
  for (const {shard, fields} of others) {
    const differing = difference(first.fields, fields)
    if (differing !== null)
      throw new ShardError(
        'SHARD_FAILED',
        `the schemas of shards ${first.shard} and ${shard} differ, ${differing}: bring the migration to all ` +
          'shards, or name the columns instead of *',
        {shard, detail: {first: first.shard}},
      )
  }
}

function difference(first: readonly FieldDef[], other: readonly FieldDef[]): string | null {
  if (first.length !== other.length) return `${first.length} columns there and ${other.length} here`
  for (const [column, field] of first.entries()) {
    const found = other[column]
    if (found === undefined || !isSame(field, found))
      return `column ${column + 1} is ${told(field)} there and ${found === undefined ? 'missing' : told(found)} here`
  }
  return null
}

function isSame(a: FieldDef, b: FieldDef): boolean {
  const areOwn = a.dataTypeID >= firstOwnOid && b.dataTypeID >= firstOwnOid
  return a.name === b.name && (a.dataTypeID === b.dataTypeID || areOwn)
}

function told({name, dataTypeID}: FieldDef): string {
  return `"${name}" of type ${dataTypeID}`
}
