// One user's causal thread: what that user must see next. Invariant: it only grows, and a text from the network never
// throws.
// Not here: how a session reaches a request (session-scope.ts), what it means for a node (decide-freshness.ts).
import {formatToken, laterToken, parseToken, type Token} from './token.ts'

/** One user's causal thread: what that user must see next. It only grows. */
export class Session {
  /**
   * The text it was made from was not understood. It may stand for a write, for example when a later version wrote it:
   * who must be sure treats that as an unplaced
   * write, and writes no empty text over it.
   */
  readonly invalid: boolean
  #token: Token | null
  #lastWriteMs: number | null = null
  /** Writes of unknown outcome that may still be applied. */
  #doubts = 0

  /** Use Session.from() for text that comes from outside. */
  constructor(token: Token | null = null, invalid = false) {
    this.#token = token
    this.invalid = invalid
  }

  /** From a cookie or header as it came, whatever it is; nothing at all, or an empty text, is a new session. */
  static from(text: unknown): Session {
    if (text === undefined || text === null || text === '') return new Session()
    const token = typeof text === 'string' ? parseToken(text) : null
    return new Session(token, token === null)
  }

  /** What must be seen; null: nothing in particular. */
  get token(): Token | null {
    return this.#token
  }

  /**
   * When this session last wrote, or may have written, without learning where, in ms of this process's monotonic clock;
   * null: every write lies below the token. While it is set no standby is surely fresh enough, and toString() says less
   * than was written.
   */
  get lastWriteMs(): number | null {
    return this.#lastWriteMs
  }

  /**
   * This was seen or written. `askedMs`: the position is an answer of the primary to a question that was sent then, so
   * it also covers all writes acknowledged before.
   */
  note(token: Token, askedMs = -Infinity): void {
    this.#token = laterToken(this.#token, token)
    // Strictly: with a coarse clock a question of the same millisecond may have been sent before the acknowledgement
    // came.
    if (this.#doubts === 0 && this.#lastWriteMs !== null && askedMs > this.#lastWriteMs) this.#lastWriteMs = null
  }

  /** A write was acknowledged at `ackedMs`, its position is not known. */
  noteWrite(ackedMs: number): void {
    this.#lastWriteMs = Math.max(ackedMs, this.#lastWriteMs ?? -Infinity)
  }

  /** A write has no answer and may still be applied: until settleDoubt() no position is known to lie above it. */
  noteDoubt(sinceMs: number): void {
    this.#doubts++
    this.noteWrite(sinceMs)
  }

  /** That write is applied or never will be. As note(), with a position that was asked for after that was sure. */
  settleDoubt(token: Token, askedMs: number): void {
    this.#doubts--
    this.note(token, askedMs)
  }

  /** The token's text, for from() in whatever process serves this user next; '' without one. */
  toString(): string {
    return this.#token === null ? '' : formatToken(this.#token)
  }
}
