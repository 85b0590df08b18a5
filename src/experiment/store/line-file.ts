// Appends lines to a file, batched per turn of the event loop, and reads them again piece by piece. Invariant: what
// was appended a turn ago is with the operating system, so that a kill -9 of hl loses one turn at most; a line is never
// torn but by a crash; a file is never in memory whole. Not here: what the lines say (run-folder.ts).
import {createHash} from 'node:crypto'
import {closeSync, openSync, readSync, writeSync} from 'node:fs'
import type {FileDigest} from '../../model/report.ts'
import {diskError} from '../../model/disk-error.ts'

const pieceBytes = 1_048_576
const newline = 0x0a
/** No line of ours comes near it: without an end of lines a file would be in memory whole after all. */
const lineBytesMax = 16 * 1_048_576

/** Tells every line of a file as text, numbered from 1, and returns the digest of all its bytes. */
export function eachLine(path: string, tell: (line: string, number: number) => void): FileDigest {
  return eachLineBytes(path, (bytes, from, to, number) => tell(bytes.toString('utf8', from, to), number))
}

/**
 * Tells where every line stands in bytes that are the next piece's afterwards, and returns the digest of all. What
 * follows the last newline was being written when the process died and is left out. Throws where a line is longer than
 * any of ours.
 */
export function eachLineBytes(
  path: string,
  tell: (bytes: Buffer, from: number, to: number, number: number) => void,
): FileDigest {
  const hash = createHash('sha256')
  let piece = Buffer.allocUnsafe(pieceBytes)
  const fd = openSync(path, 'r')
  /** Of a line whose end is in the next piece. */
  let held = 0
  let lines = 0
  try {
    for (;;) {
      if (held === piece.length) {
        if (held >= lineBytesMax) throw new Error(`line ${lines + 1} has more than ${lineBytesMax} bytes`)
        piece = Buffer.concat([piece], 2 * held)
      }
      const read = readSync(fd, piece, held, piece.length - held, null)
      if (read === 0) break
      const bytes = piece.subarray(0, held + read)
      hash.update(bytes.subarray(held))
      let from = 0
      for (let end = bytes.indexOf(newline, held); end >= 0; end = bytes.indexOf(newline, from)) {
        tell(bytes, from, end, (lines += 1))
        from = end + 1
      }
      bytes.copyWithin(0, from)
      held = bytes.length - from
    }
  } finally {
    closeSync(fd)
  }
  return {lines, sha256: hash.digest('hex')}
}

export class LineFile {
  readonly #path: string
  readonly #fd: number
  #waiting: string[] = []
  #scheduled = false
  #closed = false
  #broken: {readonly error: unknown} | null = null
  readonly #hash = createHash('sha256')
  #lines = 0

  constructor(path: string) {
    this.#path = path
    try {
      this.#fd = openSync(path, 'a', 0o600)
    } catch (error) {
      throw diskError(path, error)
    }
  }

  /**
   * Throws HlError DISK_FULL or FILE_UNWRITABLE when an earlier batch could not be written; from then on nothing is.
   * What comes after `close` is left out: the operating system gives the number of a closed file to the next one, which
   * is another run's.
   */
  append(value: unknown): void {
    if (this.#closed) return
    this.#check()
    this.#waiting.push(JSON.stringify(value))
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  /** Writes what is left; returns the digest of all that was appended. Throws as `append` does. */
  close(): FileDigest {
    this.#flush()
    this.#closed = true
    closeSync(this.#fd)
    this.#check()
    return {lines: this.#lines, sha256: this.#hash.copy().digest('hex')}
  }

  #check(): void {
    if (this.#broken !== null) throw this.#broken.error
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#waiting.length === 0 || this.#broken !== null) return
    let bytes = Buffer.from(`${this.#waiting.join('\n')}\n`)
    this.#hash.update(bytes)
    this.#lines += this.#waiting.length
    this.#waiting = []
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes))
    } catch (error) {
      this.#broken = {error: diskError(this.#path, error)}
    }
  }
}
