// The sessions of the load: who appends next and with which version, and who reads whose register.
// Invariant: a session's version rises by exactly one with each append that it issues, whatever becomes of the append.
// Not here: SQL (operations/) and what a read proves (src/measure).
import type {Random} from '../model/ports.ts'

const sessionCount = 16

export interface ClientSessions {
  /** The session of the next append and the version that it writes (from 1). */
  nextAppend(): {readonly session: number; readonly version: number}
  /**
   * Half of the reads ask for the reader's own register, so that read-your-writes can be judged; the others ask for
   * another's.
   */
  nextRead(): {readonly reader: number; readonly of: number}
}

/** A whole number in [0, below). */
export function draw(random: Random, below: number): number {
  return Math.floor(random.next() * below)
}

/** `hotShare`: so much of the appends (0..1) is the first session's; the rest is drawn among all. */
export function createClientSessions(random: Random, count: number = sessionCount, hotShare = 0): ClientSessions {
  const versions = new Array<number>(count).fill(0)
  return {
    nextAppend() {
      const session = hotShare > 0 && random.next() < hotShare ? 0 : draw(random, count)
      const version = (versions[session] ?? 0) + 1
      versions[session] = version
      return {session, version}
    },
    nextRead() {
      const reader = draw(random, count)
      const own = count === 1 || random.next() < 0.5
      return {reader, of: own ? reader : (reader + 1 + draw(random, count - 1)) % count}
    },
  }
}
