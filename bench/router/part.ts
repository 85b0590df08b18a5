// What a part of the benchmark is and what it gives back. Invariant: a part measures and says under which conditions;
// it prints and stores nothing. Vocabulary, no IO.
import type {Undo} from './undo.ts'

/** What a part is run with. */
export interface Bench {
  /** Of each comparison: every contender once, in one order and the next time in the other. */
  readonly rounds: number
  /** Of each fault. */
  readonly trials: number
  /** Whatever is started is also handed to this. */
  readonly undo: Undo
  /** Progress, for a person. */
  readonly tell: (text: string) => void
}

export interface Part {
  readonly name: string
  readonly about: string
  readonly run: (bench: Bench) => Promise<Findings>
}

export interface Findings {
  readonly tables: readonly Table[]
  /** What the tables are made from, round by round. */
  readonly raw: unknown
  /** Of the servers; those of the client are the same for all parts. */
  readonly versions: Readonly<Record<string, string>>
}

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** How it was measured, and what it cannot show. */
  readonly note: string
}
