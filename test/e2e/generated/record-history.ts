// Does a history on a real cluster, and keeps what it came to: behind each step a mark with a position, a time, a
// restore point, and all that the databases hold. For tests only. Invariant: nothing is under way while a mark is made
// but what the history left open. Not here: which history (test/generated).
import {createBackup} from '../../../src/recovery/create-backup.ts'
import {HlError} from '../../../src/model/errors.ts'
import {listBackups} from '../../../src/recovery/list-backups.ts'
import {switchOver} from '../../../src/lab/lifecycle/switch-over.ts'
import {expect} from 'vitest'
import type {Content} from '../../generated/content.ts'
import type {History, Step} from '../../generated/history.ts'
import type {Mark, RecordedBackup, Recording} from '../../generated/recording.ts'
import {databases, passingDatabase, schemaOf} from '../../generated/write-history.ts'
import {databasesIn, type LiveCluster} from './live-cluster.ts'

/** Makes what all histories begin with: their second database, and a backup. */
export async function prepareCluster(live: LiveCluster): Promise<RecordedBackup> {
  for (const database of databases.filter(one => one !== 'hl'))
    await live.send('look', 'postgres', [`create database ${database}`])
  return takeFull(live)
}

/** A backup that leads to the beginning of the next history. */
export async function takeFull(live: LiveCluster): Promise<RecordedBackup> {
  return {id: await backup(live, {how: 'full', from: 'standby', content: false}), mark: 0}
}

/** `before`: backups that lead to its beginning. The transactions that it leaves open stay open: see cleanUp. */
export async function recordHistory(
  live: LiveCluster,
  history: History,
  before: readonly RecordedBackup[],
): Promise<Recording> {
  const recorder = new HistoryRecorder(live, history, before)
  return recorder.record()
}

/** Takes away what a history made, and ends what it left open. */
export async function cleanUp(live: LiveCluster, {seed}: History): Promise<void> {
  await live.close()
  for (const database of databases) {
    const prepared = await live.send('look', database, [
      `select 'gid=' || gid from pg_prepared_xacts where database = current_database()`,
    ])
    const gids = [...prepared.matchAll(/^gid=(.*)$/gm)].map(([, gid]) => `rollback prepared '${gid ?? ''}'`)
    await live.send('look', database, [...gids, `drop schema if exists ${schemaOf(seed)} cascade`])
  }
  const roles = await live.send('look', 'postgres', [
    `select 'role=' || rolname from pg_roles where rolname like '${schemaOf(seed)}\\_%'`,
  ])
  await live.send('look', 'postgres', [
    `drop database if exists ${passingDatabase} with (force)`,
    ...[...roles.matchAll(/^role=(.*)$/gm)].map(([, role]) => `drop role ${role ?? ''}`),
  ])
}

type BackupStep = Extract<Step, {readonly kind: 'backup'}>

/** Its id. A backup stays, whole, where what the tables hold could not be recorded with it. */
async function backup(live: LiveCluster, {how, from, content}: Omit<BackupStep, 'kind'>): Promise<string> {
  const {lab, ports} = live
  const wanted = {kind: how, from, content, checkpoint: 'fast', compression: 'none', labels: [], pinned: false} as const
  try {
    return (await createBackup(ports, lab.cluster, wanted)).id
  } catch (error) {
    const isThere = error instanceof HlError && error.message.startsWith('the backup is there')
    if (!content || !isThere) throw error
    live.told.push(error.message)
    const [newest] = (await listBackups(lab.cluster)).backups
    if (newest === undefined) throw error
    return newest.id
  }
}

class HistoryRecorder {
  readonly #live: LiveCluster
  readonly #history: History
  readonly #marks: Mark[] = []
  readonly #printed: string[] = []
  readonly #backups: RecordedBackup[]

  constructor(live: LiveCluster, history: History, before: readonly RecordedBackup[]) {
    this.#live = live
    this.#history = history
    this.#backups = before.map(({id}) => ({id, mark: 0}))
  }

  async record(): Promise<Recording> {
    await this.#mark(null)
    for (const step of this.#history.steps) {
      this.#printed.push(await this.#do(step))
      await this.#mark(step)
    }
    return {history: this.#history, marks: this.#marks, printed: this.#printed, backups: this.#backups}
  }

  async #do(step: Step): Promise<string> {
    const {lab, ports} = this.#live
    switch (step.kind) {
      case 'sql': {
        const printed = await this.#live.send(step.session, step.database, step.sql, step.fails === true)
        if (step.database === passingDatabase) await this.#live.closeSession(step.session, step.database)
        return printed
      }
      case 'backup':
        this.#backups.push({id: await backup(this.#live, step), mark: this.#marks.length})
        return ''
      case 'switchover':
        await switchOver(ports.docker, lab.cluster, ports.clock, null)
        await this.#live.again()
        return ''
      case 'crash':
        return this.#crash()
      case 'checkpoint':
        return this.#live.send('look', 'postgres', ['checkpoint'])
      case 'switch-wal':
        return this.#live.send('look', 'postgres', ['select pg_switch_wal()'])
    }
  }

  /** What was acknowledged is on the synchronous standby. */
  async #crash(): Promise<string> {
    const {lab, primary} = this.#live
    const {cluster} = lab
    await this.#live.send('look', 'postgres', [`select pg_logical_emit_message(true, 'test', 'before the crash')`])
    await cluster.kill(primary)
    await expect
      .poll(async () => (await cluster.state()).primary, {timeout: 120_000, interval: 500})
      .not.toBeOneOf([primary, null])
    await cluster.start(primary)
    await this.#live.again()
    return ''
  }

  async #mark(behind: Step | null): Promise<void> {
    const name = `${schemaOf(this.#history.seed)}m${this.#marks.length}`
    const said = await this.#live.send('look', 'postgres', [
      `select 'mark=' || pg_current_wal_insert_lsn() || ' ' || to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ' ' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int`,
      `select pg_create_restore_point('${name}')`,
    ])
    const [, lsn = '', at = '', timeline = ''] = /^mark=(\S+) (\S+) (\d+)$/m.exec(said) ?? []
    this.#marks.push({lsn, at, name, timeline: Number(timeline), ...(await this.#contents(behind))})
  }

  /** Only what the step can have changed is read again. */
  async #contents(behind: Step | null): Promise<Pick<Mark, 'content' | 'locked'>> {
    const last = this.#marks.at(-1)
    const none: Content = new Map()
    const cluster = await this.#live.content('', none)
    const content = new Map([['', cluster.content]])
    const locked = new Map<string, readonly string[]>([['', []]])
    for (const database of databasesIn(cluster.content)) {
      const before = last?.content.get(database)
      const isSame =
        before !== undefined &&
        (behind?.kind === 'sql'
          ? behind.database !== database
          : behind?.kind !== 'switchover' && behind?.kind !== 'crash')
      const now = isSame
        ? {content: before, locked: last?.locked.get(database) ?? []}
        : await this.#live.content(database, before ?? none)
      content.set(database, now.content)
      locked.set(database, now.locked)
    }
    return {content, locked}
  }
}
