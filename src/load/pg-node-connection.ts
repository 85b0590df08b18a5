// A connection over `pg`: one connection, straight to one address, without retry. Invariant: after a timeout or a lost
// connection it is broken and closed, since the server may still be working for it; notices of one statement are never
// counted for the next.
// Not here: what an error means (src/router/failures/classify-error.ts).
import {messageOf} from '../model/errors.ts'
import pg from 'pg'
import {deadlineCode} from '../model/history.ts'
import type {Clock, HostPort} from '../model/ports.ts'
import {committedLocallyOnly, judgeError} from '../router/index.ts'
import type {Notice, Phase} from '../router/index.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt, Reply, Statement} from './access-paths/access-path.ts'
import type {NodeConnection} from './node-connection.ts'

export interface PgTarget extends HostPort {
  readonly user: string
  readonly password: string
  readonly database: string
  readonly applicationName: string
}

/** Less than this is no time to wait for: the deadline is over. */
const leastMs = 1

/**
 * Connects and asks the server who it is, within `budgetMs`. Rejects with AccessPathError `not-sent`.
 * The role is asked for on each connection, as a driver with target_session_attrs does.
 */
export async function openPgConnection(
  target: PgTarget,
  budgetMs: number,
  clock: Pick<Clock, 'nowMs'>,
  Client: typeof pg.Client = pg.Client,
): Promise<NodeConnection> {
  const untilMs = clock.nowMs() + budgetMs
  const client = new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database: target.database,
    application_name: target.applicationName,
    connectionTimeoutMillis: Math.max(leastMs, Math.round(budgetMs)),
    keepAlive: true,
  })
  const connection = new PgNodeConnection(client, clock)
  try {
    await client.connect()
    const row = await connection.ask(
      'SELECT host(inet_server_addr()) AS server, pg_is_in_recovery() AS in_recovery',
      untilMs,
    )
    connection.server = {
      address: typeof row?.['server'] === 'string' ? row['server'] : null,
      inRecovery: row?.['in_recovery'] === true,
    }
    return connection
  } catch (error) {
    connection.close()
    throw new AccessPathError('not-sent', codeOf(error), messageOf(error), error)
  }
}

class PgNodeConnection implements NodeConnection {
  server: NodeConnection['server'] = {address: null, inRecovery: false}
  private readonly client: pg.Client
  private readonly clock: Pick<Clock, 'nowMs'>
  private notices: Notice[] = []
  private gone = false

  constructor(client: pg.Client, clock: Pick<Clock, 'nowMs'>) {
    this.client = client
    this.clock = clock
    // Without a listener a connection that is lost while idle would end the process.
    client.on('error', () => (this.gone = true))
    client.on('end', () => (this.gone = true))
    client.on('notice', ({severity, code, message, detail, routine}) =>
      this.notices.push({severity, code, message, detail, routine}),
    )
  }

  broken(): boolean {
    return this.gone
  }

  async write(statement: Statement, attempt: Attempt): Promise<Reply> {
    return this.reply(await this.run(statement, 'autocommit', attempt))
  }

  async read(statement: Statement, attempt: Attempt): Promise<Reply> {
    return this.reply(await this.run(statement, 'read', attempt))
  }

  async transaction(statements: readonly Statement[], attempt: Attempt): Promise<Reply> {
    await this.run({text: 'BEGIN', values: []}, 'in-transaction', attempt)
    let last: pg.QueryResult<Record<string, unknown>> | null = null
    let commit: pg.QueryResult<Record<string, unknown>>
    try {
      for (const statement of statements) last = await this.run(statement, 'in-transaction', attempt)
      commit = await this.run({text: 'COMMIT', values: []}, 'commit-sent', attempt)
    } catch (error) {
      // Also when it was COMMIT that was held back: the next user of this connection would commit, or lose, what is
      // open in it.
      await this.run({text: 'ROLLBACK', values: []}, 'in-transaction', attempt).catch(() => this.close())
      throw error
    }
    if (commit.command !== 'COMMIT')
      throw new AccessPathError('not-applied', null, `COMMIT was answered with ${commit.command}`)
    return this.reply(last)
  }

  close(): void {
    this.gone = true
    // With a statement under way, pg destroys the socket; without one it says goodbye. Neither may hold anything up.
    this.client.end().catch(() => undefined)
  }

  /** One row of a statement that is not part of the load. */
  async ask(text: string, untilMs: number): Promise<Readonly<Record<string, unknown>> | undefined> {
    const result = await this.query({text, values: []}, untilMs)
    return result.rows[0]
  }

  private async run(
    statement: Statement,
    phase: Phase,
    attempt: Attempt,
  ): Promise<pg.QueryResult<Record<string, unknown>>> {
    if (this.gone || attempt.over)
      throw new AccessPathError('not-sent', this.gone ? 'CONNECTION_LOST' : deadlineCode, 'nothing was sent')
    this.notices = []
    if (phase === 'autocommit' || phase === 'commit-sent') attempt.sent = true
    try {
      return await this.query(statement, attempt.deadlineAtMs)
    } catch (error) {
      const {outcome, connectionLost} = judgeError(error, phase)
      if (connectionLost) this.close()
      throw new AccessPathError(outcome, codeOf(error), messageOf(error), error)
    }
  }

  private query(statement: Statement, untilMs: number): Promise<pg.QueryResult<Record<string, unknown>>> {
    const timed = {
      text: statement.text,
      values: [...statement.values],
      query_timeout: Math.max(leastMs, Math.round(untilMs - this.clock.nowMs())),
    }
    return this.client.query<Record<string, unknown>>(timed)
  }

  private reply(result: pg.QueryResult<Record<string, unknown>> | null): Reply {
    return {row: result?.rows[0] ?? null, node: null, timeline: null, localOnly: committedLocallyOnly(this.notices)}
  }
}

/** `pg` gives its own timeout no code (pg/lib/client.js). */
function codeOf(error: unknown): string | null {
  if (error instanceof Error && error.message === 'Query read timeout') return deadlineCode
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
