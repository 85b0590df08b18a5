// A connection to one node for one scrape, by `pg`. Invariant: made anew each time, so that a server which takes no
// more connections is seen; bounded in time, also while the server accepts and says nothing. Not here: what is asked.
import pg from 'pg'
import type {HostPort} from '../../model/ports.ts'

export interface NodeSession {
  /** The column `answer` of the only row, within so many ms. */
  ask(text: string, withinMs: number): Promise<unknown>
  close(): void
}

export type OpenSession = (withinMs: number) => Promise<NodeSession>

export interface NodeAccount extends HostPort {
  readonly user: string
  readonly password: string
}

export function sessionsOf({host, port, user, password}: NodeAccount): OpenSession {
  return async withinMs => {
    const client = new pg.Client({
      ...{host, port, user, password, database: 'postgres'},
      application_name: 'hl-metrics',
      connectionTimeoutMillis: Math.max(1, Math.round(withinMs)),
    })
    // One that is lost between two questions is told by the next.
    client.on('error', () => undefined)
    const close = (): void => void client.end().catch(() => undefined)
    try {
      await client.connect()
    } catch (error) {
      close()
      throw error
    }
    return {
      async ask(text, queryMs) {
        const bound = Math.max(1, Math.round(queryMs))
        const timed = {text, values: [], query_timeout: bound}
        const {rows} = await client.query<{readonly answer: unknown}>(timed)
        return rows[0]?.answer
      },
      close,
    }
  }
}
