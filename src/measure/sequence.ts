// Many values in order, of which none need be in memory: an array is one, and so are rows of a table, which are made
// when they are asked for. Invariant: a sequence never changes, and asking twice gives equal values. Not here: what the
// rows of a history are (op-table.ts).

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
  /** Of rows, `of` is asked again each time that the result is looked at. */
  map<Other>(of: (one: T) => Other): Sequence<Other>
}

/** Values by the numbers of their rows, 4 bytes each; a value lives as long as somebody holds it. */
export class Rows<T> implements Sequence<T> {
  readonly length: number
  readonly #rows: Uint32Array
  readonly #make: (row: number) => T

  constructor(rows: Uint32Array, make: (row: number) => T) {
    this.length = rows.length
    this.#rows = rows
    this.#make = make
  }

  at(index: number): T | undefined {
    const row = this.#rows[index < 0 ? this.length + index : index]
    return row === undefined ? undefined : this.#make(row)
  }

  forEach(tell: (one: T) => void): void {
    for (const row of this.#rows) tell(this.#make(row))
  }

  filter<Some extends T>(is: (one: T) => one is Some): Rows<Some>
  filter(is: (one: T) => boolean): Rows<T>
  filter(is: (one: T) => boolean): Rows<T> {
    const kept = new Uint32Array(this.length)
    let count = 0
    for (const row of this.#rows) {
      if (!is(this.#make(row))) continue
      kept[count] = row
      count += 1
    }
    return count === this.length ? this : new Rows(kept.slice(0, count), this.#make)
  }

  find(is: (one: T) => boolean): T | undefined {
    for (const row of this.#rows) {
      const one = this.#make(row)
      if (is(one)) return one
    }
    return undefined
  }

  findLast(is: (one: T) => boolean): T | undefined {
    for (let index = this.length - 1; index >= 0; index -= 1) {
      const one = this.#make(this.#rows[index] ?? 0)
      if (is(one)) return one
    }
    return undefined
  }

  some(is: (one: T) => boolean): boolean {
    for (const row of this.#rows) if (is(this.#make(row))) return true
    return false
  }

  reduce<Sum>(step: (sum: Sum, one: T) => Sum, first: Sum): Sum {
    let sum = first
    for (const row of this.#rows) sum = step(sum, this.#make(row))
    return sum
  }

  map<Other>(of: (one: T) => Other): Rows<Other> {
    return new Rows(this.#rows, row => of(this.#make(row)))
  }

  /** No generator: millions of rows are looked at several times. */
  [Symbol.iterator](): Iterator<T, undefined> {
    const [rows, make] = [this.#rows, this.#make]
    let index = 0
    return {
      next() {
        const row = rows[index]
        if (row === undefined) return {done: true, value: undefined}
        index += 1
        return {done: false, value: make(row)}
      },
    }
  }
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

function growingRows(): Growing<Uint32Array<ArrayBuffer>> {
  return new Growing(length => new Uint32Array(length))
}

export function growingNumbers(): GrowingNumbers {
  return new Growing(length => new Float64Array(length))
}

export function countOf<T>(values: Sequence<T>, is: (one: T) => boolean): number {
  return values.reduce((count, one) => (is(one) ? count + 1 : count), 0)
}

export function numbersOf(values: Sequence<number>): Float64Array {
  const numbers = new Float64Array(values.length)
  let at = 0
  values.forEach(value => {
    numbers[at] = value
    at += 1
  })
  return numbers
}

/** What is ascending already, as times in order of completion are, is not sorted again. */
export function ascendingNumbers(values: Sequence<number>): Float64Array {
  const numbers = numbersOf(values)
  for (let at = 1; at < numbers.length; at += 1) if ((numbers[at - 1] ?? 0) > (numbers[at] ?? 0)) return numbers.sort()
  return numbers
}

/** By the number that `key` gives; equals stay in their order. */
export function sortedBy<T>(values: Sequence<T>, key: (one: T) => number): Sequence<T> {
  const keys = numbersOf(values.map(key))
  return picked(
    values,
    orderOf(keys.length, (a, b) => (keys[a] ?? 0) - (keys[b] ?? 0)),
  )
}

/** In each group the order stays; groups are in the order of their first values. */
export function groupBy<T, Key>(values: Sequence<T>, key: (one: T) => Key): ReadonlyMap<Key, Sequence<T>> {
  const groups = new Map<Key, Growing<Uint32Array<ArrayBuffer>>>()
  let at = 0
  values.forEach(one => {
    const of = key(one)
    let group = groups.get(of)
    if (group === undefined) groups.set(of, (group = growingRows()))
    group.push(at)
    at += 1
  })
  return new Map([...groups].map(([of, group]) => [of, picked(values, group.end())]))
}

function picked<T>(values: Sequence<T>, positions: Uint32Array): Sequence<T> {
  return new Rows(positions, position => values.at(position) as T)
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
