// One connection to a node as the owner of hl's schema, for drills. Invariant: the password goes into the connection only. Not here: what is asked (src/drill).
import pg from 'pg'
import type {ConnectedLab} from '../src/cluster/lab/connect-lab.ts'
import {HlError} from '../src/model/errors.ts'
import type {OwnerSql} from '../src/drill/victim.ts'

export async function ownerSql({endpoints, secrets, cluster}: ConnectedLab, node: string): Promise<{readonly ask: OwnerSql; readonly end: () => Promise<void>}> {
  const endpoint = endpoints.postgres[node]
  if (endpoint === undefined) throw new HlError('NODE_UNKNOWN', `${node} of lab ${cluster.lab} has no PostgreSQL port`, {next: ['hl status']})
  const client = new pg.Client({...endpoint, user: 'hl_migrations', password: secrets.migrations, database: 'hl', connectionTimeoutMillis: 10_000, query_timeout: 60_000, application_name: 'hl drill'})
  // The node may be killed by the drill itself.
  client.on('error', () => undefined)
  await client.connect()
  return {
    async ask(text) {
      const {rows} = await client.query<unknown[]>({text, rowMode: 'array'})
      const value = rows[0]?.[0]
      return typeof value === 'string' || typeof value === 'number' ? String(value) : null
    },
    end: async () => client.end().catch(() => undefined),
  }
}
