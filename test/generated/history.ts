// PURE: a history of a cluster as data: what its sessions send one after the other, what was done beside them, and what
// became of each transaction. Invariant: no step waits for another one, so that every step may be followed by a look.
// Not here: how one is drawn (write-history.ts), what it came to on a real cluster (recording.ts).

/** `a`, `b`, ...: each in one database. */
export type SessionName = string

export type Step =
  | {
      readonly kind: 'sql'
      readonly session: SessionName
      readonly database: string
      readonly sql: readonly string[]
      /** The server answers with an error, as it should. */
      readonly fails?: boolean
    }
  | {
      readonly kind: 'backup'
      readonly how: 'full' | 'incremental'
      readonly from: 'primary' | 'standby'
      /** Recorded with it what the tables hold, which a table that is locked as a whole hinders. */
      readonly content: boolean
    }
  | {readonly kind: 'switchover'}
  /** SIGKILL to the primary; what it acknowledged is on a standby. */
  | {readonly kind: 'crash'}
  | {readonly kind: 'checkpoint'}
  | {readonly kind: 'switch-wal'}

export type Verb = 'insert' | 'update' | 'delete' | 'truncate' | 'drop' | 'rewrite' | 'other'

/** One that carries a tag in a comment, by which the log is searched. */
export interface TaggedStatement {
  readonly tag: string
  readonly step: number
  readonly table: string
  readonly verb: Verb
  /** `undone`: rolled back to a savepoint, in a transaction that may have been committed. */
  readonly fate: 'done' | 'undone' | 'failed'
}

/** A table that a transaction took away, or emptied. */
export interface Loss {
  readonly table: string
  readonly how: 'dropped' | 'truncated'
}

export interface Transaction {
  readonly session: SessionName
  readonly database: string
  readonly begun: number
  /** The step that prepared it; null: none did. From then on its session has nothing to do with it. */
  readonly prepared: number | null
  /** The step behind which it has ended; null: it is open, or prepared, at the end of the history. */
  readonly ended: number | null
  readonly outcome: 'committed' | 'rolled back' | 'open'
  readonly statements: readonly TaggedStatement[]
  readonly losses: readonly Loss[]
}

export interface History {
  readonly seed: number
  readonly steps: readonly Step[]
  readonly transactions: readonly Transaction[]
}

/** For a person: what a step is, in one line. */
export function describeStep(step: Step): string {
  if (step.kind === 'sql')
    return `${step.session}@${step.database}: ${step.sql.join('; ')}${step.fails === true ? ' (fails)' : ''}`
  return step.kind === 'backup'
    ? `${step.how} backup from a ${step.from}${step.content ? ', with content' : ''}`
    : step.kind
}

/** For a person who repeats it: all steps, numbered. */
export function describeHistory({seed, steps}: History): string {
  return [`history ${seed}`, ...steps.map((step, index) => `${index}  ${describeStep(step).slice(0, 400)}`)].join('\n')
}
