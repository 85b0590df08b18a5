// The moments of a disaster.
/** Told at the moments that count. */
export interface Moments {
  /** The statement or the command is about to be sent. */
  readonly commanded: () => void
  /** It was answered, or its effect was seen. `atLsn`: the WAL position before it. */
  readonly done: (atLsn: string | null) => void
}
