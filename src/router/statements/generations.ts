// A bounded map that forgets what was not asked for: two generations of entries, of which the older is dropped when the
// younger is full. Invariants: an entry that was read or written within the last `entriesMax` distinct keys is there;
// at most twice the bounds are held; a hit in the younger generation changes nothing, so that it costs one look-up and
// no more (a list in order of use would be written at every hit). Not here: what is kept (plan-cache.ts).

export class Generations<V> {
  readonly #entriesMax: number
  readonly #bytesMax: number
  #current = new Map<string, V>()
  #previous = new Map<string, V>()
  #currentBytes = 0

  /** Bounds of one generation; bytes are those of the keys, two per character, as if none were Latin. */
  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
  }

  get(key: string): V | undefined {
    const value = this.#current.get(key)
    return value === undefined ? this.#promoted(key) : value
  }

  set(key: string, value: V): void {
    if (!this.#current.has(key)) {
      const bytes = 2 * key.length
      if (this.#current.size >= this.#entriesMax || this.#currentBytes + bytes > this.#bytesMax) this.#turn()
      this.#currentBytes += bytes
    }
    this.#current.set(key, value)
  }

  clear(): void {
    this.#turn()
    this.#turn()
  }

  /** Entries in both generations, those in both twice. */
  get size(): number {
    return this.#current.size + this.#previous.size
  }

  #promoted(key: string): V | undefined {
    const value = this.#previous.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  #turn(): void {
    this.#previous = this.#current
    this.#current = new Map()
    this.#currentBytes = 0
  }
}
