// The cluster on which histories are done: sessions on whoever is the primary, and what it holds. For tests only.
// Invariant: sessions are opened again where the primary changed. Not here: what is done (record-history.ts).
import {docker} from '../../../src/lab/docker/local-docker.ts'
import {connectLab, type ConnectedLab} from '../../../src/lab/lifecycle/connect-lab.ts'
import {untilHealthy} from '../../../src/lab/lifecycle/until-healthy.ts'
import type {RecoveryPorts} from '../../../src/recovery/recovery-ports.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {carriedOn, clusterSql, contentSql, lockedIn, parseContent, type Content} from '../../generated/content.ts'
import {PsqlSession} from './psql-session.ts'

/** What psql says where a session is gone or a statement was refused. */
const errorLine = /^(psql:|ERROR:|FATAL:|PANIC:|server closed|connection to server)/m

export class LiveCluster {
  readonly lab: ConnectedLab
  readonly ports: RecoveryPorts
  /** What the use cases told, for a failure. */
  readonly told: string[] = []
  #primary = ''
  #sessions = new Map<string, PsqlSession>()

  constructor(lab: ConnectedLab) {
    this.lab = lab
    this.ports = {
      docker,
      clock: monotonicClock(),
      note: text => void this.told.push(text),
      onPhase: (phase, fromMs, toMs) => void this.told.push(`${phase}: ${Math.round(toMs - fromMs)} ms`),
    }
  }

  static async open(name: string): Promise<LiveCluster> {
    const live = new LiveCluster(await connectLab(docker, name, {clock: monotonicClock()}))
    await live.again()
    return live
  }

  get primary(): string {
    return this.#primary
  }

  /** Waits until the cluster is whole; sessions are new from then on. */
  async again(): Promise<void> {
    await this.close()
    this.#primary = await untilHealthy(this.lab, this.ports.clock, {withinMs: 180_000})
  }

  async close(): Promise<void> {
    const open = [...this.#sessions.values()]
    this.#sessions = new Map()
    for (const session of open) await session.close()
  }

  async closeSession(session: string, database: string): Promise<void> {
    const key = `${session} ${database}`
    await this.#sessions.get(key)?.close()
    this.#sessions.delete(key)
  }

  /** What it printed; `mayFail`: errors of statements are answers too. */
  async send(session: string, database: string, sql: readonly string[], mayFail = false): Promise<string> {
    const key = `${session} ${database}`
    const found = this.#sessions.get(key) ?? new PsqlSession(this.container(this.#primary), database)
    this.#sessions.set(key, found)
    const printed = await found.send(sql)
    if (errorLine.test(printed) !== mayFail) throw new Error(`${session}@${database}: ${sql.join('; ')}\n${printed}`)
    return printed
  }

  container(service: string): string {
    return `hl-${this.lab.cluster.lab}-${service}-1`
  }

  async databases(): Promise<readonly string[]> {
    const cluster = parseContent(await this.send('look', 'postgres', [clusterSql]))
    return databasesIn(cluster)
  }

  /** Of the cluster, or of one database, with what is locked in the value that it had before. */
  async content(
    database: string,
    before: Content,
  ): Promise<{readonly content: Content; readonly locked: readonly string[]}> {
    const of = database === '' ? 'postgres' : database
    const seen = parseContent(await this.send('look', of, [database === '' ? clusterSql : contentSql]))
    // Nobody may be in a database that is dropped.
    if (!kept.includes(of)) await this.closeSession('look', of)
    return {content: carriedOn(seen, before), locked: lockedIn(seen)}
  }
}

const kept: readonly string[] = ['postgres', 'hl', 'gen_two']

export function databasesIn(cluster: Content): readonly string[] {
  return [...cluster.keys()].flatMap(name => (name.startsWith('database ') ? [name.slice('database '.length)] : []))
}
