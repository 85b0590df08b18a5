// Closes one prepared statement of a connection, as a query that sends itself. Unlike DEALLOCATE it works in a failed
// transaction too, and a name that is not there is no error. Not here: when (connection.ts).
import {Query} from 'pg'

/** What pg has and its types do not say. */
interface Preparing {
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements?: Record<string, string>
  close(message: {readonly type: 'S'; readonly name: string}): void
  sync(): void
}

/** One of pg's own, since those are what a shared connection takes. */
const QueryBase = Query as unknown as new (text: string, values: undefined, callback: Closed) => Query

/** Called once, when it is closed or the connection is lost. */
export type Closed = (error: Error | null | undefined) => void

export class CloseStatement extends QueryBase {
  readonly #statement: string

  constructor(name: string, closed: Closed) {
    super('', undefined, closed)
    this.#statement = name
  }

  /** What pg knows of the name is forgotten in the order in which the server hears of it. */
  override submit = (connection: unknown): null => {
    const {parsedStatements, submittedNamedStatements} = connection as Preparing
    for (const known of [parsedStatements, submittedNamedStatements ?? {}])
      Reflect.deleteProperty(known, this.#statement)
    ;(connection as Preparing).close({type: 'S', name: this.#statement})
    ;(connection as Preparing).sync()
    return null
  }
}
