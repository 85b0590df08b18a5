// Appends lines to a file, batched per turn of the event loop. Invariant: what was appended a turn ago is with the
// operating system, so that a kill -9 of hl loses one turn at most; a line is never torn but by a crash. Not here: what
// the lines say (run-folder.ts).
import {closeSync, openSync, writeSync} from 'node:fs'
import {diskError} from './disk-error.ts'

export class LineFile {
  readonly #path: string
  readonly #fd: number
  #waiting: string[] = []
  #scheduled = false
  #closed = false
  #broken: {readonly error: unknown} | null = null

  constructor(path: string) {
    this.#path = path
    try {
      this.#fd = openSync(path, 'a')
    } catch (error) {
      throw diskError(path, error)
    }
  }

  /**
   * Throws HlError DISK_FULL when an earlier batch could not be written; from then on nothing is. What comes after
   * `close` is left out: the operating system gives the number of a closed file to the next one, which is another
   * run's.
   */
  append(value: unknown): void {
    if (this.#closed) return
    this.#check()
    this.#waiting.push(JSON.stringify(value))
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  /** Writes what is left. Throws as `append` does. */
  close(): void {
    this.#flush()
    this.#closed = true
    closeSync(this.#fd)
    this.#check()
  }

  #check(): void {
    if (this.#broken !== null) throw this.#broken.error
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#waiting.length === 0 || this.#broken !== null) return
    let bytes = Buffer.from(`${this.#waiting.join('\n')}\n`)
    this.#waiting = []
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes))
    } catch (error) {
      this.#broken = {error: diskError(this.#path, error)}
    }
  }
}
