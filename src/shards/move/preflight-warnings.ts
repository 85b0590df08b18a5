// What is not as good as it could be when a move begins, or could not be seen. Pure. Not here: what speaks against it
// (decide-preflight.ts).
import type {SideFacts} from './preflight-sql.ts'

/** Of what was seen. */
interface Seen {
  readonly source: string
  readonly destination: string
  readonly sides: Readonly<Record<'source' | 'destination', SideFacts>>
  readonly freeBytes: number | null
  readonly knowsStandbys: boolean
}

const keepsSlots = 170_000

export function warningsOf({source, destination, sides, freeBytes, knowsStandbys}: Seen): readonly string[] {
  const old = sidesOfVersions(sides).filter(version => version < keepsSlots).length > 0
  const waits = sides.source.standbysNotWaitedFor
  return [
    ...(freeBytes === null ? [`whether ${destination} has room on its disk is not known`] : []),
    ...(old ? ['before PostgreSQL 17 a slot does not survive a failover: the move then has to be aborted'] : []),
    ...(!old && !knowsStandbys
      ? [`no standbys are named: whether the move survives a failover of ${source} is not known`]
      : []),
    ...(!old && waits.length > 0
      ? [
          `${source} does not wait for ${some(waits)} (synchronized_standby_slots): ` +
            `${destination} could run ahead of them, and a failover would leave it with ` +
            'writes that are lost',
        ]
      : []),
  ]
}

const sidesOfVersions = (sides: Seen['sides']): readonly number[] => [sides.source.version, sides.destination.version]

/** At most five. */
export function some(names: readonly string[]): string {
  const more = names.length - 5
  return `${names.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
