// Was COMMIT answered although the wait for synchronous replication was cancelled? Not here: what a caller counts that as.

/** The fields of a NoticeResponse that the router hands on. */
export interface Notice {
  readonly severity: string | undefined
  readonly code: string | undefined
  readonly message: string | undefined
  readonly detail: string | undefined
  /** The server's C function; not translated, unlike the message. */
  readonly routine: string | undefined
}

/** True when the transaction is durable on the primary only: SyncRepWaitForLSN (src/backend/replication/syncrep.c) warned and COMMIT was answered all the same. */
export function committedLocallyOnly(notices: readonly Notice[]): boolean {
  return notices.some(notice => notice.routine === 'SyncRepWaitForLSN')
}
