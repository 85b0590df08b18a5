// What all parts of a running move share: who it is, its two sides with a session each, its bounds. Invariant: the
// session of the source holds the lock that says that somebody is at work, as long as the move is run. Not here: what
// is done.
import type {MovePhase} from './move-states.ts'
import type {MoveEffect} from './effect-sides.ts'
import type {ThrottleLimits} from './decide-throttle.ts'
import type {MoveServer} from './move-servers.ts'
import {MoveSession} from './move-session.ts'
import type {MovingTable} from './moving-tables.ts'

/** Bounds of a move. */
export interface MoveLimits {
  /** How old a map may be that a pool still uses: its `mapPollMs` and the time of an answer. */
  readonly leaseMs: number
  /** For a connection, and for an answer to what is short. */
  readonly replyMs: number
  /** For one COPY, one DELETE, one comparison of a table. */
  readonly longMs: number
  /** Connections that copy at the same time. */
  readonly copies: number
  /** Pages of 8 kB in one COPY. */
  readonly copyPages: number
  /** The same for one DELETE. */
  readonly deletePages: number
  /** For the destination to hear of all that was written. */
  readonly catchUpMs: number
  /** From the fence to the switch; above it the fence is taken back. */
  readonly cutoverMs: number
  /** That writers may wait for each other in front of the fence, for each group. */
  readonly lockMs: number
  /** Cutovers that are tried before it stops. */
  readonly cutoversMost: number
  /** Between the first two of them; after that twice as long each time. */
  readonly cutoverPauseMs: number
  /** Looks at rows that differ, each after a marker. */
  readonly verifyRounds: number
  /** Above which copies and deletes wait. */
  readonly throttle: ThrottleLimits
}

/** What happens, as it happens. */
export type MoveProgress =
  | {
      /** Is about to begin. */
      readonly kind: 'effect'
      /** In which the move stands. */
      readonly phase: MovePhase
      /** What is about to be done. */
      readonly effect: MoveEffect
    }
  | {
      /** A piece has been copied. */
      readonly kind: 'copy'
      /** So far. */
      readonly rows: number
      /** So far, as COPY writes them. */
      readonly bytes: number
      /** Pieces. */
      readonly chunksDone: number
      /** Pieces in all. */
      readonly chunks: number
      /** Since the first piece. */
      readonly elapsedMs: number
      /** By the pieces that are done. */
      readonly leftMs: number
    }
  | {
      /** It waits, so as not to hurt. */
      readonly kind: 'throttle'
      /** For what. */
      readonly why: string
    }
  | {
      /** A table is the same on both sides. */
      readonly kind: 'verify'
      /** With its schema. */
      readonly table: string
      /** That were compared. */
      readonly rows: number
    }
  | {
      /** Rows that are not the shard's were deleted. */
      readonly kind: 'removed'
      /** From which. */
      readonly shard: string
      /** So far. */
      readonly rows: number
    }
  | {
      /** Writes were held up. */
      readonly kind: 'cutover'
      /** So long, as this process saw it. */
      readonly pausedMs: number
      /** taken-back: it was too slow, and the groups stay where they are. */
      readonly outcome: 'switched' | 'taken-back'
    }
  | {
      /** The standbys were looked at. */
      readonly kind: 'slots-on-standbys'
      /** Of the server that sends; null: nobody can say. */
      readonly survivesFailover: boolean | null
      /** Empty where it does. */
      readonly why: string
    }
  | {
      /** It goes on, and somebody should look at something. */
      readonly kind: 'warning'
      /** At what, as a sentence. */
      readonly message: string
    }

/** One side of a move. */
export interface MoveSide {
  readonly role: 'source' | 'destination'
  readonly server: MoveServer
  readonly session: MoveSession
  /** server_version_num. */
  readonly version: number
}

export interface MoveContext {
  readonly id: string
  readonly runner: string
  readonly groups: readonly number[]
  readonly source: MoveSide
  readonly destination: MoveSide
  readonly catalog: MoveServer
  readonly tables: readonly MovingTable[]
  readonly limits: MoveLimits
  readonly signal: AbortSignal | undefined
  readonly tell: (progress: MoveProgress) => unknown
}

/** Of all connections of a move, so that they can be found. */
export const applicationOf = (id: string): string => `hl-move-${id}`

/** Another session to the same server; the caller ends it. */
export function openBeside(
  context: Pick<MoveContext, 'id' | 'limits' | 'signal'>,
  server: MoveServer,
  more: {readonly replication?: boolean} = {},
): Promise<MoveSession> {
  const {id, limits, signal} = context
  return MoveSession.open(server, {application: applicationOf(id), replyMs: limits.replyMs, signal, ...more})
}
