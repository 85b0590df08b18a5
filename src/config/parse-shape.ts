// Readers that turn unknown values into typed ones and name the path of whatever does not fit. PURE.
// Invariant: a reader throws ShapeError and nothing else, whatever it is given. Not here: what a scenario looks like
// (check-scenario.ts).

/** `path` is the wrong field, as it would be written in the file: `steps[3].fault.target`. */
export class ShapeError extends Error {
  /** Each with its path; never empty. */
  readonly complaints: readonly string[]

  constructor(complaints: readonly string[]) {
    super(complaints.join('; '))
    this.name = 'ShapeError'
    this.complaints = complaints
  }
}

/** One complaint about one field. */
export function wrong(path: string, complaint: string): ShapeError {
  return new ShapeError([`${path === '' ? 'the scenario' : path}: ${complaint}`])
}

/** The parts of a value, each read, so that all that is wrong is told at once. */
function readAll<T>(parts: Iterable<() => T>): T[] {
  const values: T[] = []
  const complaints: string[] = []
  for (const read of parts) {
    try {
      values.push(read())
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      complaints.push(...error.complaints)
    }
  }
  if (complaints.length > 0) throw new ShapeError(complaints)
  return values
}

export type Reader<T> = (value: unknown, path: string) => T
type Readers = Readonly<Record<string, Reader<unknown>>>
type Read<R extends Readers> = {readonly [K in keyof R]: R[K] extends Reader<infer T> ? T : never}

/** Names a value for an error message; never throws and never prints a whole object. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (Array.isArray(value)) return 'a list'
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function fieldsOf(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(path, `must be an object, not ${describeValue(value)}`)
  try {
    return new Map<string, unknown>(Object.entries(value))
  } catch {
    throw wrong(path, 'cannot be read')
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/**
 * An object with exactly these fields; a name that is in neither table is refused, so that a typo is not silently the
 * default.
 */
export function object<R extends Readers, O extends Readers>(
  required: R,
  optional: O,
): Reader<Read<R> & Partial<Read<O>>> {
  return (value, path) => {
    const fields = fieldsOf(value, path)
    const unknown = [...fields.keys()].filter(key => !Object.hasOwn(required, key) && !Object.hasOwn(optional, key))
    const present = Object.entries(optional).filter(([key]) => fields.get(key) !== undefined)
    const read = readAll<[string, unknown]>([
      ...unknown.map(key => (): never => {
        throw wrong(join(path, key), 'is not a known field')
      }),
      ...Object.entries(required).map(([key, reader]) => (): [string, unknown] => {
        if (!fields.has(key)) throw wrong(join(path, key), 'is missing')
        return [key, reader(fields.get(key), join(path, key))]
      }),
      ...present.map(([key, reader]) => (): [string, unknown] => [key, reader(fields.get(key), join(path, key))]),
    ])
    return Object.fromEntries(read) as Read<R> & Partial<Read<O>>
  }
}

/** A union told apart by the word in `tag`. */
export function tagged<C extends Readers>(tag: string, cases: C): Reader<Read<C>[keyof C]> {
  return (value, path) => {
    const word = fieldsOf(value, path).get(tag)
    const reader = typeof word === 'string' && Object.hasOwn(cases, word) ? cases[word] : undefined
    if (reader === undefined)
      throw wrong(join(path, tag), `must be one of ${Object.keys(cases).join(', ')}, not ${describeValue(word)}`)
    return reader(value, path) as Read<C>[keyof C]
  }
}

export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, `must be a list, not ${describeValue(value)}`)
    return readAll(Array.from(value, (item: unknown, index) => () => reader(item, `${path}[${index}]`)))
  }
}

/** An object whose keys are free. */
export function record<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      readAll([...fieldsOf(value, path)].map(([key, item]) => (): [string, T] => [key, reader(item, join(path, key))])),
    )
}

export function oneOf<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value, path) => {
    const word = words.find(candidate => candidate === value)
    if (word === undefined)
      throw wrong(path, `must be ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}, not ${describeValue(value)}`)
    return word
  }
}

export function number(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw wrong(path, `must be a number from ${min} to ${max}, not ${describeValue(value)}`)
    return value
  }
}

export function matching(pattern: RegExp, what: string): Reader<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value))
      throw wrong(path, `must be ${what}, not ${describeValue(value)}`)
    return value
  }
}

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, `must be true or false, not ${describeValue(value)}`)
  return value
}
