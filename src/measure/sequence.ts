// Many values in order, of which none need be in memory: an array is one, and so are rows of a table, which are made
// when they are asked for. Invariant: a sequence never changes, and asking twice gives equal values. Not here: rows
// (rows.ts), what can be told of them by their columns (columns.ts).
/** What the measures need of a list of operations. Every array has it. */
export interface Sequence<T> extends Iterable<T> {
  readonly length: number
  at(index: number): T | undefined
  forEach(tell: (one: T) => void): void
  filter<Some extends T>(is: (one: T) => one is Some): Sequence<Some>
  filter(is: (one: T) => boolean): Sequence<T>
  find(is: (one: T) => boolean): T | undefined
  findLast(is: (one: T) => boolean): T | undefined
  some(is: (one: T) => boolean): boolean
  reduce<Sum>(step: (sum: Sum, one: T) => Sum, first: Sum): Sum
  map<Other>(of: (one: T) => Other): readonly Other[]
}

type Words = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** A typed array of which nobody knows beforehand how long it will be. */
class Growing<Kind extends Words> {
  readonly #make: (length: number) => Kind
  #words: Kind
  #length = 0

  constructor(make: (length: number) => Kind) {
    this.#make = make
    this.#words = make(16)
  }

  push(value: number): void {
    if (this.#length === this.#words.length) {
      const wider = this.#make(2 * this.#length)
      wider.set(this.#words)
      this.#words = wider
    }
    this.#words[this.#length] = value
    this.#length += 1
  }

  /** What was pushed so far. */
  end(): Kind {
    return this.#words.slice(0, this.#length) as Kind
  }
}

export type GrowingNumbers = Growing<Float64Array<ArrayBuffer>>
export type GrowingRows = Growing<Uint32Array<ArrayBuffer>>

export function growingRows(): GrowingRows {
  return new Growing(length => new Uint32Array(length))
}

export function growingNumbers(): GrowingNumbers {
  return new Growing(length => new Float64Array(length))
}

export function countOf<T>(values: Sequence<T>, is: (one: T) => boolean): number {
  return values.reduce((count, one) => (is(one) ? count + 1 : count), 0)
}

/** In their place. What is nearly ascending already, as times in order of completion are, is not sorted again. */
export function ascended(numbers: Float64Array): Float64Array {
  let moves = movesPerValue * numbers.length
  for (let next = 1; next < numbers.length; next += 1) {
    const value = numbers[next] ?? 0
    let at = next
    for (; at > 0 && (numbers[at - 1] ?? 0) > value; at -= 1) numbers[at] = numbers[at - 1] ?? 0
    numbers[at] = value
    moves -= next - at
    if (moves < 0) return numbers.sort()
  }
  return numbers
}

/** A value is moved by so many places on average before everything is sorted at once instead. */
const movesPerValue = 32

/**
 * The numbers from 0 on, below `length`, in the order that `compare` tells; equals stay as they are. A history is
 * written in the order of completion and nearly in that of its numbers, so each value is moved to its place.
 */
export function orderOf(length: number, compare: (a: number, b: number) => number): Uint32Array {
  const order = new Uint32Array(length)
  let moves = movesPerValue * length
  for (let next = 0; next < length; next += 1) {
    let at = next
    for (; at > 0 && compare(order[at - 1] ?? 0, next) > 0; at -= 1) order[at] = order[at - 1] ?? 0
    order[at] = next
    moves -= next - at
    if (moves < 0) {
      for (let rest = next + 1; rest < length; rest += 1) order[rest] = rest
      return order.sort(compare)
    }
  }
  return order
}
