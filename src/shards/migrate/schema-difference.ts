// PURE: where two schemas differ. Invariant: what is compared is facts that PostgreSQL itself deparsed; no difference
// of facts is overlooked, and the first one is the same whichever side comes first. Not here: reading them
// (schema-snapshot.ts).

/** In the order in which differences are told: what contains comes before what it contains. */
export const objectKinds = [
  'database',
  'extension',
  'schema',
  'collation',
  'type',
  'sequence',
  'table',
  'column',
  'constraint',
  'index',
  'trigger',
  'policy',
  'rule',
  'statistics',
  'function',
  'partitioning',
  'sharding',
] as const
export type ObjectKind = (typeof objectKinds)[number]

/** One object of a schema. */
export interface SchemaObject {
  readonly kind: ObjectKind
  /** Unique within its kind, with its schema and table: `public.orders.amount`. */
  readonly name: string
  /** What makes it what it is, for example `{type: 'bigint', default: '0'}`; null: it has none. */
  readonly facts: Readonly<Record<string, string | null>>
}

/** All objects of one database. */
export type SchemaSnapshot = readonly SchemaObject[]

/** The first difference. */
export interface SchemaDifference {
  readonly kind: ObjectKind
  readonly name: string
  /** Which fact differs; null: the whole object is missing on one side. */
  readonly fact: string | null
  /** On the first side; null: missing, or no such fact. */
  readonly left: string | null
  readonly right: string | null
  /** How many objects differ in all. */
  readonly objects: number
}

/** The first difference in the order of kinds and names; null where the schemas are the same. */
export function schemaDifference(a: SchemaSnapshot, b: SchemaSnapshot): SchemaDifference | null {
  const [left, right] = [byKey(a), byKey(b)]
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort()
  const differing = keys.flatMap(key => objectDifference(left.get(key), right.get(key)) ?? [])
  const first = differing[0]
  return first === undefined ? null : {...first, objects: differing.length}
}

/** A difference as a sentence about two named sides. */
export function differenceText(difference: SchemaDifference, left: string, right: string): string {
  const {kind, name, fact, objects} = difference
  const more = objects > 1 ? `; ${objects - 1} more ${objects === 2 ? 'object differs' : 'objects differ'}` : ''
  if (fact === null) {
    const [there, missing] = difference.left === null ? [right, left] : [left, right]
    return `${kind} ${name} is on ${there} and not on ${missing}${more}`
  }
  const said = (value: string | null): string => value ?? 'nothing'
  return (
    `${kind} ${name} differs in ${fact}: ${said(difference.left)} on ${left}, ${said(difference.right)} on ` +
    `${right}${more}`
  )
}

function byKey(snapshot: SchemaSnapshot): ReadonlyMap<string, SchemaObject> {
  const rank = (kind: ObjectKind): string => String(objectKinds.indexOf(kind)).padStart(2, '0')
  return new Map(snapshot.map(object => [`${rank(object.kind)} ${object.name}`, object]))
}

function objectDifference(
  left: SchemaObject | undefined,
  right: SchemaObject | undefined,
): Omit<SchemaDifference, 'objects'> | null {
  const either = left ?? right
  if (either === undefined) return null
  const {kind, name} = either
  if (left === undefined || right === undefined)
    return {
      kind,
      name,
      fact: null,
      left: left === undefined ? null : 'there',
      right: right === undefined ? null : 'there',
    }
  const facts = [...new Set([...Object.keys(left.facts), ...Object.keys(right.facts)])].sort()
  const fact = facts.find(one => (left.facts[one] ?? null) !== (right.facts[one] ?? null))
  if (fact === undefined) return null
  return {kind, name, fact, left: left.facts[fact] ?? null, right: right.facts[fact] ?? null}
}
