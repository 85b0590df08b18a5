// What `pg` takes for one statement, its undocumented fields included. Not here: reading it from a caller's arguments
// (requests/call.ts).
import type {CustomTypesConfig} from 'pg'

/** `queryMode: 'extended'` takes exactly one: with more, an error in the last says nothing about those before it. */
export interface Statement {
  readonly text?: string | undefined
  readonly values?: unknown[] | undefined
  readonly name?: string | undefined
  readonly types?: CustomTypesConfig | undefined
  readonly queryMode?: string | undefined
  readonly rowMode?: string | undefined
  /** Asked for in portions of so many. */
  readonly rows?: number | undefined
  readonly binary?: boolean | undefined
  readonly portal?: string | undefined
  /** Milliseconds. */
  readonly query_timeout?: number | undefined
}
