// Writes without an answer, until they are applied or never will be: for so long the readers who have to see them read
// from the primary, and then from whoever has replayed the position at which that was sure. Invariant: a standby that
// may be behind such a write is never fresh enough for them. Not here: when it is over (failures/decide-doubt.ts), what
// the caller is told (failures/failure.ts).
import type {Connection} from '../connections/connection.ts'
import type {NodePools} from '../connections/node-pools.ts'
import {decideDoubt, type Doubtful, type ItsBackend, type ItsConnection} from '../failures/decide-doubt.ts'
import {retryDelayMs} from '../failures/retry-delay.ts'
import type {Session} from '../freshness/session.ts'
import {Deadline, nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {PrimaryTarget} from '../topology/decide-primary.ts'
import type {Watch} from '../topology/watch.ts'
import type {Place} from './request.ts'
import {askPosition} from './token-after.ts'

export interface DoubtsPorts {
  readonly watch: Watch
  readonly pools: NodePools
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  /** The thread of all who have no session. */
  readonly everybody: Session
}

interface Doubt {
  readonly connection: Connection
  readonly timeline: number | null
  readonly pid: number | null
  readonly sinceMs: number
  readonly sessions: readonly Session[]
}

/** Bound of one look. */
const lookMs = 2_000

const backends = `SELECT pid::pg_catalog.float8 AS pid, state,
  (extract(epoch FROM pg_catalog.clock_timestamp() - backend_start) * 1000)::pg_catalog.float8 AS age_ms
  FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1::pg_catalog.int4[])`

export class Doubts {
  readonly #ports: DoubtsPorts
  readonly #open = new Set<Doubt>()
  readonly #ended = new AbortController()
  #isLooking = false

  constructor(ports: DoubtsPorts) {
    this.#ports = ports
  }

  /** A write of that session, or of none, was sent there, and nobody can say what became of it. */
  add({connection, timeline}: Pick<Place, 'connection' | 'timeline'>, session: Session | null): void {
    const {everybody} = this.#ports
    const sessions = session === null ? [everybody] : [everybody, session]
    const sinceMs = nowMs()
    for (const each of sessions) each.noteDoubt(sinceMs)
    const pid: unknown = Reflect.get(connection.client, 'processID')
    this.#open.add({connection, timeline, pid: typeof pid === 'number' ? pid : null, sinceMs, sessions})
    if (!this.#isLooking) void this.#look()
  }

  /** Nobody reads any more. */
  end(): void {
    this.#ended.abort()
  }

  /** Until nothing is open: soon after it was added, then less and less often, and at each change of the topology. */
  async #look(): Promise<void> {
    this.#isLooking = true
    const {signal} = this.#ended
    for (let looks = 1; this.#open.size > 0 && !signal.aborted; looks++) {
      await this.#ports.changed.wait(signal, retryDelayMs(looks, 0.5))
      const {primary} = this.#ports.watch.current()
      // What cannot be asked now is asked at the next look.
      if (primary !== null) await this.#settleOn(primary).catch(() => undefined)
    }
    this.#isLooking = false
  }

  async #settleOn(primary: PrimaryTarget): Promise<void> {
    const decided = (doubt: Doubt, backend: ItsBackend): Doubtful =>
      decideDoubt(doubt, connectionOf(doubt.connection), primary.timeline, backend, nowMs() - doubt.sinceMs)
    const open = [...this.#open]
    const toAsk = open.filter(doubt => decided(doubt, 'not-asked') === 'ask')
    const over = open.filter(doubt => decided(doubt, 'not-asked') === 'over')
    if (toAsk.length + over.length === 0) return
    await this.#on(primary, async connection => {
      const found = toAsk.length === 0 ? () => 'not-asked' as const : await askBackends(connection, toAsk)
      over.push(...toAsk.filter(doubt => decided(doubt, found(doubt)) === 'over'))
      const askedMs = nowMs()
      const token = over.length === 0 ? null : await askPosition(connection)
      if (token === null) return
      for (const doubt of over) {
        this.#open.delete(doubt)
        for (const session of doubt.sessions) session.settleDoubt(token, askedMs)
      }
    })
  }

  async #on(primary: PrimaryTarget, work: (connection: Connection) => Promise<void>): Promise<void> {
    const deadline = new Deadline(lookMs)
    try {
      const connection = await this.#ports.pools.checkout(primary, lookMs, deadline)
      deadline.onOver = () => connection.destroy()
      try {
        await work(connection)
      } finally {
        connection.release()
      }
    } finally {
      deadline.dispose()
    }
  }
}

function connectionOf({alive, abandoned}: Connection): ItsConnection {
  if (!alive) return 'cut'
  return abandoned ? 'pending' : 'answered'
}

/** A backend that is younger than the doubt has only the same process id. */
async function askBackends(connection: Connection, doubts: readonly Doubt[]): Promise<(doubt: Doubt) => ItsBackend> {
  const askedMs = nowMs()
  const {rows} = await connection.ask(backends, [doubts.map(({pid}) => pid)])
  return ({pid, sinceMs}) => {
    const row = rows.find(each => each['pid'] === pid)
    const ageMs = row?.['age_ms']
    if (row === undefined || typeof ageMs !== 'number' || ageMs < askedMs - sinceMs) return 'gone'
    return row['state'] === 'idle' ? 'idle' : 'busy'
  }
}
