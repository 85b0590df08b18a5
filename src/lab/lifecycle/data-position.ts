// Where the data directories of a cluster end, from their own files, whether or not a server runs. Not here: what
// follows from it (in-place-lab.ts), the archive (src/recovery).
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Docker} from '../docker/docker.ts'
import {onVolume} from '../docker/volume.ts'
import {projectOf} from './lab-description.ts'

/** How far one goes. */
export interface DataPosition {
  /** The newest that it took part in. */
  readonly timeline: number
  /** The last that its control file knows of. */
  readonly lsn: Lsn
  /** Was it shut down in order? Otherwise there may be more behind `lsn`. */
  readonly isClean: boolean
}

export interface NamedPosition extends DataPosition {
  /** Whose it is, for people. */
  readonly name: string
}

const home = '/var/lib/postgresql'

/** Of `directory` on the volume of a member; null where there is none. */
export async function dataPosition(
  docker: Docker,
  lab: string,
  member: string,
  directory: string,
): Promise<DataPosition | null> {
  const script =
    `cd ${directory} 2>/dev/null || exit 0; [ -e global/pg_control ] || exit 0; ` +
    '/usr/lib/postgresql/17/bin/pg_controldata -D .; ls pg_wal'
  return parsePosition(await onVolume(docker, `${projectOf(lab)}_${member}-data`, home, script))
}

/**
 * PURE: from pg_controldata and the names of pg_wal. A promotion is in the control file only after its checkpoint, and
 * in the names of WAL at once. Source: PostgreSQL, StartupXLOG().
 */
export function parsePosition(text: string): DataPosition | null {
  const told = (name: string): string => new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  const checkpoint = parseLsn(told('Latest checkpoint location'))
  if (checkpoint === null) return null
  const recovered = parseLsn(told('Minimum recovery ending location')) ?? 0n
  const ofWal = [...text.matchAll(/^([0-9A-F]{8})(?:[0-9A-F]{16}(?:\.partial)?|\.history)$/gm)].map(match =>
    Number.parseInt(match[1] ?? '0', 16),
  )
  const controlled = [told("Latest checkpoint's TimeLineID"), told("Min recovery ending loc's timeline")].map(Number)
  return {
    timeline: Math.max(...controlled.filter(Number.isInteger), ...ofWal),
    lsn: recovered > checkpoint ? recovered : checkpoint,
    isClean: /^shut down(?: in recovery)?$/.test(told('Database cluster state')),
  }
}

/** PURE: what was written after the copy, one sentence each; empty: nothing that can be seen. */
export function writtenSince(copy: DataPosition, others: readonly NamedPosition[]): readonly string[] {
  return others.flatMap(({name, timeline, lsn}) => {
    if (timeline > copy.timeline) return [`${name} is on timeline ${timeline}, the safety copy on ${copy.timeline}`]
    return timeline === copy.timeline && copy.isClean && lsn > copy.lsn
      ? [`${name} has WAL up to ${formatLsn(lsn)}, the safety copy up to ${formatLsn(copy.lsn)}`]
      : []
  })
}
