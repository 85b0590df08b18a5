// A type with its collation, as expressions have them. Pure.

export interface Typed {
  /** pg_type.typname. */
  readonly type: string
  /** 'default', 'C', another name, 'conflict'; null: not collatable. */
  readonly collation: string | null
}

const numbers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'])

export function numberType(name: string): string | null {
  return numbers.has(name) ? name : null
}

/** The collation of what is made from several: the one that is not the default, if there is no second. */
export function collated(type: string, from: readonly Typed[]): Typed {
  const names = new Set(from.map(({collation}) => collation).filter(name => name !== null))
  const special = [...names].filter(name => name !== 'default')
  if (special.length > 1) return {type, collation: 'conflict'}
  return {type, collation: special[0] ?? (names.size > 0 || type === 'text' ? 'default' : null)}
}
