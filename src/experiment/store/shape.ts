// Shapes of stored values: each names the path of the first field that does not fit. PURE. Invariant: total; fields
// that a shape does not name pass, since later versions add. Not here: what a record or an operation looks like
// (record-shape.ts, event-shape.ts, parse-record.ts).

export type Fields = Readonly<Record<string, unknown>>
export type Check = (value: unknown) => boolean
/** The complaint, beginning with the path; null where the value fits. */
export type Shape = (value: unknown, path: string) => string | null

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isNumber: Check = value => typeof value === 'number' && Number.isFinite(value)
export const isText: Check = value => typeof value === 'string'
export const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)

const is =
  (check: Check): Shape =>
  (value, path) =>
    check(value) ? null : `${path} is wrong or missing`

export const text = is(isText)
export const flag = is(value => typeof value === 'boolean')
export const anyFields = is(isFields)
export const within = (least: number, most: number): Shape =>
  is(value => typeof value === 'number' && value >= least && value <= most)
export const count = is(value => Number.isSafeInteger(value) && Number(value) >= 0)
export const amount = is(isNumber)
export const oneOf = (...words: readonly unknown[]): Shape => is(value => words.includes(value))

/** Two days: no run is as long, and a chart of seconds has room. */
export const timeMsMax = 172_800_000
/** A moment of the run's clock. */
export const time = within(0, timeMsMax)
/** A length, or a limit that something is compared with. */
export const limit = within(0, Number.MAX_SAFE_INTEGER)

export const nullable =
  (shape: Shape): Shape =>
  (value, path) =>
    value === null ? null : shape(value, path)
export const optional =
  (shape: Shape): Shape =>
  (value, path) =>
    value === undefined ? null : shape(value, path)

export const list =
  (shape: Shape): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} is wrong or missing`
    // A final state has millions of numbers: paths are for the one that is wrong.
    const index = value.findIndex(item => shape(item, '') !== null)
    return index < 0 ? null : shape(value[index], `${path}[${index}]`)
  }

/** An object with these fields at least. */
export function object(shapes: Readonly<Record<string, Shape>>): Shape {
  const names = Object.keys(shapes)
  const each = Object.values(shapes)
  return (value, path) => {
    if (!isFields(value)) return path === '' ? 'not an object' : `${path} is wrong or missing`
    // A history has millions of fields: no iterators here.
    for (let index = 0; index < names.length; index += 1) {
      const field = names[index] ?? ''
      const wrong = each[index]?.(value[field], path === '' ? field : `${path}.${field}`) ?? null
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** A union told apart by the word in `tag`; `other`: what becomes of a word that no case names. */
export function tagged(tag: string, cases: Readonly<Record<string, Shape>>, other: Shape | null = null): Shape {
  const known = new Map(Object.entries(cases))
  return (value, path) => {
    if (!isFields(value)) return path === '' ? 'not an object' : `${path} is wrong or missing`
    const word = value[tag]
    const shape = typeof word === 'string' ? (known.get(word) ?? other) : null
    return shape === null ? `${path === '' ? tag : `${path}.${tag}`} is wrong or missing` : shape(value, path)
  }
}

/** Throws a plain Error with the complaint. */
export function requireShape(shape: Shape, value: unknown): void {
  const wrong = shape(value, '')
  if (wrong !== null) throw new Error(wrong)
}
