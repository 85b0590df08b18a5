// Was COMMIT answered although the wait for synchronous replication was cancelled? Not here: what a caller counts that
// as.

/** The fields of a NoticeResponse that the router hands on. */
export interface Notice {
  /** NOTICE, WARNING …, in the language of the server. */
  readonly severity: string | undefined
  /** SQLSTATE. */
  readonly code: string | undefined
  /** For people, in the language of the server. */
  readonly message: string | undefined
  /** More of it. */
  readonly detail: string | undefined
  /** The server's C function; not translated, unlike the message. */
  readonly routine: string | undefined
}

/**
 * True when the transaction is durable on the primary only: SyncRepWaitForLSN (src/backend/replication/syncrep.c)
 * warned and COMMIT was answered all the same.
 */
export function committedLocallyOnly(notices: readonly Notice[]): boolean {
  return notices.some(notice => notice.routine === 'SyncRepWaitForLSN')
}
