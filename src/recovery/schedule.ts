// The schedule of a lab's backups: what it looks at, under which lock each task is done, where its state goes.
// Invariant: it holds the lab only while it does something, so that people can work with the lab meanwhile. Not here:
// what is due and in which order (src/backup/schedule), how a task is done (scheduled-tasks.ts).
import {hint} from '../model/command-hint.ts'
import {primaryPosition, type PrimaryPosition} from '../backup/archive-lag.ts'
import {requireContentAllowed} from '../backup/content/record-content.ts'
import {newestListing, readArchive, readListing, requireArchive} from '../backup/read-archive.ts'
import {parseTime} from '../backup/restore/parse-time.ts'
import type {Outcome, ScheduleSettings, Situation} from '../backup/schedule/decide-due.ts'
import {ownOutcomes} from '../backup/schedule/own-outcomes.ts'
import {appendJournal, readJournal, rewriteJournal} from '../backup/schedule/journal.ts'
import {runSchedule, type ScheduleSummary, type Work} from '../backup/schedule/run-schedule.ts'
import {shortenJournal} from '../backup/schedule/shorten-journal.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {hasCopy} from '../lab/nodes/recovery-copy.ts'
import {HlError} from '../model/errors.ts'
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {soleCluster} from '../model/topology.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {carryOutTask, withoutWords, type TaskOptions} from './scheduled-tasks.ts'
import {stateTeller, type Publish} from './schedule-state.ts'

export interface ScheduleOptions extends Omit<TaskOptions, 'retention'> {
  readonly settings: ScheduleSettings
  /** Does each thing that is due at most once, and ends. */
  readonly once: boolean
  /** Is told the state at each look; absent: nobody is. */
  readonly publish?: Publish | undefined
  readonly tell: (outcome: Outcome) => void
}

/** Lines of one cluster; from then on they are shortened. */
const journalMax = 500

/** ARCHIVE_MISSING, or CONFIG_INVALID for content of an encrypted archive: before anything is begun. */
export function requireSchedulable(cluster: Cluster, content: boolean): void {
  requireArchive(cluster)
  if (content) requireContentAllowed(cluster)
}

/** Until the signal, or with `once` until all that is due was tried. LAB_BUSY when the lab has a schedule already. */
export async function scheduleBackups(
  ports: RecoveryPorts & {readonly signal: AbortSignal},
  cluster: Cluster,
  options: ScheduleOptions,
): Promise<ScheduleSummary> {
  const {docker, clock, signal} = ports
  requireSchedulable(cluster, options.content)
  return whileLocked(docker, {lab: cluster.lab, role: 'schedule', what: 'hl backups schedule'}, async () =>
    runSchedule(workOf(ports, cluster, options, {outcomes: await readJournal(cluster)}), clock, {
      settings: options.settings,
      once: options.once,
      signal,
    }),
  )
}

/** What the archive's journal holds: it is read once, and afterwards known. The shards of a lab share one. */
export interface KnownJournal {
  outcomes: readonly Outcome[]
}

/** What is done for one cluster; the caller has the schedule's lock. */
export function workOf(ports: RecoveryPorts, cluster: Cluster, options: ScheduleOptions, journal: KnownJournal): Work {
  const {docker, note} = ports
  const {tell, settings} = options
  const tasks = {...options, retention: settings.retention}
  let listing: ArchiveListing | null = null
  const own = (): readonly Outcome[] =>
    listing === null ? [] : ownOutcomes(journal.outcomes, listing, cluster.name === soleCluster)
  const tellState = stateTeller(cluster, options.publish, note)
  return {
    tell,
    note,
    look: async () => {
      const seen = await look(ports, cluster, options)
      listing = seen.listing
      await tellState(listing, seen.position, own())
      return {...seen.situation, outcomes: own()}
    },
    carryOut: async (due, situation) =>
      whileLocked(docker, {lab: cluster.lab, what: `hl backups schedule (${due.task})`}, async () => {
        note(`${due.task}: ${due.why}`)
        const work = carryOutTask(ports, cluster, tasks, due, situation)
        return cluster.encrypted ? withoutWords(work, note) : work
      }),
    remember: async outcome => {
      const line = listing === null ? outcome : {...outcome, systemIdentifier: listing.systemIdentifier}
      journal.outcomes = [...journal.outcomes, line]
      const mine = own()
      if (mine.length <= journalMax) return appendJournal(cluster, line)
      const names = new Set(listing?.backups.map(({id}) => id))
      journal.outcomes = [...journal.outcomes.filter(one => !mine.includes(one)), ...shortenJournal(mine, names)]
      await rewriteJournal(cluster, journal.outcomes)
    },
  }
}

/** What one look tells. */
interface Seen {
  readonly listing: ArchiveListing
  readonly position: PrimaryPosition | null
  readonly situation: Omit<Situation, 'outcomes'>
}

async function look({docker, clock}: RecoveryPorts, cluster: Cluster, {settings}: ScheduleOptions): Promise<Seen> {
  const position = await primaryPosition(cluster)
  const listing =
    position === null
      ? newestListing(await readArchive(cluster))
      : await readListing(cluster, position.systemIdentifier)
  if (listing === null)
    throw new HlError('ARCHIVE_MISSING', `the archive of lab ${cluster.lab} is empty, and there is no primary`, {
      next: [hint('status', {lab: cluster.lab})],
    })
  return {
    listing,
    position,
    situation: {
      nowEpochMs: parseTime(clock.wallTime()) ?? 0,
      listing,
      timeline: position?.timeline ?? null,
      hasCopy: settings.retention !== undefined && (await hasCopy(docker, cluster.lab)),
    },
  }
}
