// PURE: what a history came to on a real cluster: a mark behind each step, and the number of each transaction. Not
// here: making it (test/e2e/generated/record-history.ts), what follows for restores (targets.ts).
import type {Content} from './content.ts'
import type {History, Transaction} from './history.ts'

/** The state behind a step, while nothing was under way but what was open. */
export interface Mark {
  /** Every record of the state lies below it; what begins here changes nothing. */
  readonly lsn: string
  /** By the server's clock, to the microsecond: behind each commit so far and before each that follows. */
  readonly at: string
  /** Of the restore point that was made here. */
  readonly name: string
  readonly timeline: number
  /** By database; the cluster itself is ''. */
  readonly content: ReadonlyMap<string, Content>
  /** By database: tables that a transaction held exclusively. */
  readonly locked: ReadonlyMap<string, readonly string[]>
}

export interface RecordedBackup {
  readonly id: string
  /** The first mark that it leads to. */
  readonly mark: number
}

export interface Recording {
  readonly history: History
  /** The first one is before the first step: that of a step is one further. */
  readonly marks: readonly Mark[]
  /** What each step printed. */
  readonly printed: readonly string[]
  /** Oldest first; there is one before the first step. */
  readonly backups: readonly RecordedBackup[]
}

export const markBefore = (step: number): number => step
export const markBehind = (step: number): number => step + 1

export interface TransactionNumbers {
  /** null: it had none, or nobody knows it. */
  readonly top: string | null
  readonly subtransactions: readonly string[]
}

/** From what its steps printed: `top=` of the transaction, `xid=` of the one that wrote a row: maybe a part of it. */
export function numbersOf(
  {history, printed}: Recording,
  {session, begun, prepared, ended}: Transaction,
): TransactionNumbers {
  const own = history.steps.flatMap((step, index) =>
    step.kind === 'sql' && step.session === session && index >= begun && index <= (prepared ?? ended ?? Infinity)
      ? [printed[index] ?? '']
      : [],
  )
  const found = (word: string): readonly string[] =>
    own.flatMap(text => [...text.matchAll(new RegExp(`^${word}=(\\d+)$`, 'gm'))].map(([, number]) => number ?? ''))
  const rows = found('xid')
  // A transaction of one statement prints only what its row says.
  const top = found('top').at(-1) ?? (begun === ended ? rows[0] : undefined) ?? null
  return {top, subtransactions: top === null ? [] : [...new Set(rows.filter(number => number !== top))]}
}
