// Families of types whose values compare with each other without a change: what ties keys. Invariant: equality within a
// family is that of the bytes that are hashed. Pure.

/** Types that compare with each other without a change of the value. */
export type Family = 'int' | 'uuid' | 'text'

const families: ReadonlyMap<string, Family> = new Map([
  ['int2', 'int'],
  ['int4', 'int'],
  ['int8', 'int'],
  ['uuid', 'uuid'],
  ['text', 'text'],
  ['varchar', 'text'],
])

/** Null for a type that no key is compared with exactly, and for a collation under which different texts are equal. */
export function familyOf(type: string | null, collation: string | null): Family | null {
  const family = type === null ? undefined : families.get(type)
  return family === undefined || collation?.startsWith('nondeterministic') === true ? null : family
}
