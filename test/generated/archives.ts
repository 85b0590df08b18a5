// PURE: random archives of clusters that switched, went back and lost files, and an oracle of what can be restored from
// them: a walk from byte to byte as PostgreSQL does it, which looks at every backup. Invariant: nothing of the product
// is used but the names of segments. Source of which file serves: XLogFileReadAnyTLI, xlogrecovery.c.
// Not here: the plans that it is compared with (plans.test.ts).
import type {ArchivedFile, ArchiveListing, BackupRecord} from '../../src/model/backup.ts'
import {formatLsn} from '../../src/model/lsn.ts'
import {segmentName} from '../../src/backup/wal/segment.ts'
import {backupOf} from '../fakes/fake-backup.ts'
import type {Chance} from './chance.ts'

export const segmentBytes = 0x10_0000

/** Positions are in quarters of a segment. */
const quarters = 4
export const lsnOf = (quarter: number): bigint => BigInt(quarter) * BigInt(segmentBytes / quarters)
const segmentOf = (quarter: number): number => Math.floor(quarter / quarters)
const nameOf = (timeline: number, segment: number): string =>
  segmentName({timeline, number: BigInt(segment)}, segmentBytes)

/** What of a timeline is on the way to another: from `from`, not included `to`. */
interface Part {
  readonly timeline: number
  readonly from: number
  readonly to: number
}

interface Taken {
  readonly id: string
  readonly timeline: number
  readonly start: number
  readonly stop: number
  readonly parent: string | null
  readonly isBad: boolean
}

export interface RandomArchive {
  readonly listing: ArchiveListing
  readonly timelines: readonly number[]
  /** Behind everything. */
  readonly end: number
  /**
   * Can the state just before the record that begins there be restored, along that timeline, by any backup? null:
   * perhaps, since nobody sees how much of a segment that was never completed is WAL.
   */
  readonly canReach: (timeline: number, quarter: number) => boolean | null
}

export function drawArchive(chance: Chance): RandomArchive {
  const writer = new ArchiveWriter(chance)
  return writer.write()
}

class ArchiveWriter {
  readonly #chance: Chance
  readonly #ways = new Map<number, readonly Part[]>([[1, [{timeline: 1, from: 0, to: Infinity}]]])
  readonly #ends = new Map<number, number>()
  readonly #backups: Taken[] = []
  #timeline = 1
  #now = quarters

  constructor(chance: Chance) {
    this.#chance = chance
  }

  write(): RandomArchive {
    const {below, weighted} = this.#chance
    const steps = 4 + below(10)
    for (let step = 0; step < steps; step += 1)
      weighted<() => void>([
        [4, () => (this.#now += 1 + below(2 * quarters))],
        [3, () => this.#backup()],
        [1.5, () => this.#leave(this.#now)],
        [0.7, () => this.#leave(quarters + below(this.#now - quarters + 1))],
      ])?.()
    this.#now += quarters
    this.#ends.set(this.#timeline, this.#now)
    return this.#archive()
  }

  /** From a standby it begins at its last restartpoint, which may be older than the backup before. */
  #backup(): void {
    const {below, is} = this.#chance
    const [first] = this.#ways.get(this.#timeline)?.slice(-1) ?? []
    const start = Math.max(first?.from ?? 0, quarters, this.#now - below(is(0.3) ? 3 * quarters : 2))
    const stop = (this.#now += 1 + below(2))
    const before = this.#backups.at(-1)
    const parent = before?.timeline === this.#timeline && is(0.4) ? before.id : null
    this.#backups.push({id: `b${this.#backups.length}`, timeline: this.#timeline, start, stop, parent, isBad: is(0.1)})
  }

  /** The next timeline begins at a position of the way to the present one. */
  #leave(at: number): void {
    this.#ends.set(this.#timeline, this.#now)
    const way = (this.#ways.get(this.#timeline) ?? [])
      .filter(({from}) => from < at)
      .map(part => ({...part, to: Math.min(part.to, at)}))
    const next = Math.max(...this.#ways.keys()) + 1
    this.#ways.set(next, [...way, {timeline: next, from: at, to: Infinity}])
    this.#timeline = next
    this.#now = at + 1
  }

  #archive(): RandomArchive {
    const files = new Map<string, ArchivedFile>()
    for (const [timeline, way] of this.#ways)
      for (const file of this.#filesOf(timeline, way.at(-1)?.from ?? 0)) files.set(file.name, file)
    const backups = this.#backups
    const listing: ArchiveListing = {
      systemIdentifier: '7',
      segmentBytes,
      backups: backups.map(recordOf),
      files: [...files.values()],
      histories: new Map(
        [...this.#ways].flatMap(([timeline, way]) =>
          timeline === 1
            ? []
            : [
                [
                  timeline,
                  way
                    .slice(0, -1)
                    .map(({timeline: of, to}) => `${of}\t${formatLsn(lsnOf(to))}\tx\n`)
                    .join(''),
                ] as const,
              ],
        ),
      ),
    }
    const ways = this.#ways
    return {
      listing,
      timelines: [...ways.keys()],
      end: Math.max(...this.#ends.values()),
      canReach: (timeline, quarter) => {
        const by = backups
          .filter(backup => isUsable(backup, backups))
          .map(backup => leads(files, ways.get(timeline) ?? [], backup, quarter))
        return by.includes(true) ? true : by.includes(null) ? null : false
      },
    }
  }

  #filesOf(timeline: number, from: number): readonly ArchivedFile[] {
    const end = this.#ends.get(timeline) ?? from
    const files: ArchivedFile[] = []
    for (let segment = segmentOf(from); segment * quarters < end; segment += 1) {
      const isOpen = (segment + 1) * quarters > end
      if (this.#chance.is(0.04)) continue
      const name = nameOf(timeline, segment)
      // A promoted server archives what its ancestor had begun as `.partial`.
      if (isOpen) files.push(...(timeline !== this.#timeline ? [{name: `${name}.partial`, bytes: segmentBytes}] : []))
      else if (this.#chance.is(0.03)) files.push({name, bytes: segmentBytes, damage: {lastRecord: null, why: 'x'}})
      else files.push({name, bytes: segmentBytes})
    }
    return files
  }
}

function recordOf({id, timeline, start, stop, parent, isBad}: Taken): BackupRecord {
  const time = (quarter: number): string => new Date(1_795_514_400_000 + quarter * 60_000).toISOString()
  const index = Number(id.slice(1))
  return backupOf({
    id,
    timeline,
    parent,
    startLsn: formatLsn(lsnOf(start)),
    stopLsn: formatLsn(lsnOf(stop)),
    // In the order in which they were taken, whatever the positions say.
    startedAt: time(index * 100),
    stoppedAt: time(index * 100 + 50),
    verified: isBad ? {at: time(9_000), ok: false, detail: ''} : null,
  })
}

/** All of its chain is there and not known to be bad. */
function isUsable(backup: Taken, all: readonly Taken[]): boolean {
  if (backup.isBad) return false
  const parent = all.find(({id}) => id === backup.parent)
  return parent === undefined || isUsable(parent, all)
}

/** Is all WAL there from its start on, also the quarter that begins at the target? null: perhaps. */
function leads(
  files: ReadonlyMap<string, ArchivedFile>,
  way: readonly Part[],
  backup: Taken,
  quarter: number,
): boolean | null {
  const own = way.find(({timeline}) => timeline === backup.timeline)
  if (own === undefined || backup.stop > own.to || backup.stop > quarter) return false
  let all: boolean | null = true
  for (let at = backup.start; at <= quarter; at += 1) {
    const served = serves(files, way, at)
    if (served === false) return false
    if (served === null) all = null
  }
  return all
}

/** The newest timeline that may have the segment and has a file of it is the one that is read. */
function serves(files: ReadonlyMap<string, ArchivedFile>, way: readonly Part[], at: number): boolean | null {
  const segment = segmentOf(at)
  for (const {timeline, from, to} of way.toReversed()) {
    if (segment < segmentOf(from)) continue
    const name = nameOf(timeline, segment)
    const whole = files.get(name)
    if (whole !== undefined) return whole.damage === undefined && at < to
    if (files.has(`${name}.partial`)) return to === Infinity ? null : at < to
  }
  return false
}
