// PURE: reading unknown JSON field by field. Invariant: nothing here throws but JsonError, and nothing is believed that
// was not looked at. Used by the parsers of Docker, Patroni and etcd.

/** Text or a value that is not what its producer promises. */
export class JsonError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'JsonError'
  }
}

export type JsonObject = Readonly<Record<string, unknown>>

/** Parses text; JsonError names `what` and shows the beginning of it. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonError(`${what} is not JSON: ${text.slice(0, 80)}`)
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new JsonError(`${what} is not an object`)
  return value
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new JsonError(`${what} is not a list`)
  return value
}

/** An own field of an object; undefined of anything else. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** A field of a field of …; undefined as soon as one is absent. */
export function path(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => field(at, name), value)
}

export function stringOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise
}

export function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}

/** Numbers that come as text, as in etcd's gateway (int64). */
export function numericOr<T>(value: unknown, otherwise: T): number | T {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value)
  return numberOr(value, otherwise)
}

export function booleanOr<T>(value: unknown, otherwise: T): boolean | T {
  return typeof value === 'boolean' ? value : otherwise
}

/** Only the text values of an object. */
export function stringRecord(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
