// The types that a sharding key may have, and the ways that PostgreSQL calls them. Invariant: equality of each is
// equality of the bytes that are hashed; so no char(n), which ignores blanks at the end, no numeric, no citext, and no
// text under a nondeterministic collation (hl_shards.fence refuses that one).

/** PostgreSQL's types of a sharding key; varchar counts as text. */
export type KeyType = 'int2' | 'int4' | 'int8' | 'uuid' | 'text'

export const keyTypes: readonly KeyType[] = ['int2', 'int4', 'int8', 'uuid', 'text']

const byName: ReadonlyMap<string, KeyType> = new Map([
  ...keyTypes.map(type => [type, type] as const),
  ['varchar', 'text'],
])

/** The key type of a pg_type.typname; null for a type that cannot be a key. */
export function keyTypeOf(typeName: string): KeyType | null {
  return byName.get(typeName) ?? null
}
