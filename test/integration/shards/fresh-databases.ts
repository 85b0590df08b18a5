// Empty databases on one server, as shards for migrations: each test gets its own. For tests only.
import type {MigrationTarget} from '../../../src/shards/migrate/migration-session.ts'
import type {MigrationLimits} from '../../../src/shards/migrate/migration-limits.ts'
import pg from 'pg'
import type {TestServers} from '../router/servers.ts'

export interface FreshDatabase extends MigrationTarget {
  /** One statement as superuser, on a connection of its own. */
  readonly sql: <T extends pg.QueryResultRow = pg.QueryResultRow>(text: string) => Promise<T[]>
  /** A connection as superuser; the caller ends it. */
  readonly open: () => Promise<pg.Client>
}

/** Short pauses; a wait that is too long fails the test by its own deadline. */
export const limits: Partial<MigrationLimits> = {
  connectMs: 30_000,
  lockMs: 100,
  lockTries: 200,
  pauseMs: 20,
  pauseMaxMs: 100,
}

let made = 0

/** The roles that migrations/app grants to, once for each server. */
export async function makeRoles(servers: TestServers): Promise<void> {
  for (const role of ['hl_app', 'hl_readonly']) await servers.sql(servers.primary, `CREATE ROLE ${role}`)
}

/** Named s1, s2 …, owned by a role that is no superuser. */
export async function freshDatabases(servers: TestServers, count = 3): Promise<readonly FreshDatabase[]> {
  const {user, password} = servers.connection
  const {host, port} = servers.primary
  const databases: FreshDatabase[] = []
  for (let index = 1; index <= count; index += 1) {
    const database = `shard_${(made += 1)}`
    await servers.sql(servers.primary, `CREATE DATABASE ${database} OWNER ${user}`)
    const open = async (): Promise<pg.Client> => {
      const client = new pg.Client({host, port, user: 'postgres', database, connectionTimeoutMillis: 30_000})
      client.on('error', () => undefined)
      await client.connect()
      return client
    }
    databases.push({
      name: `s${index}`,
      connection: {host, port, user, password, database},
      open,
      async sql<T extends pg.QueryResultRow>(text: string) {
        const client = await open()
        try {
          return (await client.query<T>(text)).rows
        } finally {
          await client.end()
        }
      },
    })
  }
  return databases
}
