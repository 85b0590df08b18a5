// A connection to the primary as the owner of hl's schema. Invariant: the password goes into the connection only; after
// a switchover the next question goes to the new primary.
import {hint} from '../model/command-hint.ts'
import pg from 'pg'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import type {OwnerSql} from './world.ts'

export interface OwnerConnection {
  readonly ask: OwnerSql
  /** Never throws. */
  readonly end: () => Promise<void>
}

/** Connects when it is first asked. */
export function ownerSql(lab: ConnectedLab): OwnerConnection {
  let current: pg.Client | null = null
  const connect = async (): Promise<pg.Client> => {
    const client = await connectToPrimary(lab)
    const lose = (): void => {
      if (current === client) current = null
    }
    client.on('error', lose)
    client.on('end', lose)
    current = client
    return client
  }
  return {
    async ask(text) {
      const {rows} = await (current ?? (await connect())).query<unknown[]>({text, rowMode: 'array'})
      const value = rows[0]?.[0]
      return typeof value === 'string' || typeof value === 'number' ? String(value) : null
    },
    end: async () => current?.end().catch(() => undefined),
  }
}

async function connectToPrimary({endpoints, secrets, cluster}: ConnectedLab): Promise<pg.Client> {
  const {primary} = await cluster.state()
  const endpoint = primary === null ? undefined : endpoints.postgres[primary]
  if (endpoint === undefined)
    throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no primary that can be reached`, {
      next: [hint('status', {lab: cluster.lab})],
    })
  const client = new pg.Client({
    ...endpoint,
    user: 'hl_migrations',
    password: secrets.migrations,
    database: 'hl',
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    application_name: 'hl-experiment',
  })
  // Until the caller listens: a node may go away at any moment.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
