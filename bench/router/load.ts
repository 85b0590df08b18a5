// A closed loop: so many callers, each sends its next statement when the last was answered. It shows throughput and
// what a statement costs; not what a stall costs, because a stalled caller asks nothing meanwhile (watched-reads.ts
// shows the longest). Runs in a contender's thread.
import type {Pool} from 'pg'
import {percentileOf} from './figures.ts'
import {statements, type StatementName} from './statements.ts'

export interface LoadWish {
  readonly statement: StatementName
  readonly inFlight: number
  readonly forMs: number
}

export interface Load {
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the whole process per statement: the garbage collector's threads are in it, the other contenders are idle. */
  readonly processCpuUs: number
  /** Of the thread that runs JavaScript, per statement. */
  readonly threadCpuUs: number
}

/** Rejects at the first statement that fails. */
export async function load(pool: Pool, {statement, ...wish}: LoadWish): Promise<Load> {
  const make = statements[statement]
  return closedLoop(async () => pool.query(make()), wish)
}

/** `ask` again and again, by so many callers. Rejects at the first that fails. */
export async function closedLoop(
  ask: () => Promise<unknown>,
  {inFlight, forMs}: Omit<LoadWish, 'statement'>,
): Promise<Load> {
  const tookMs: number[] = []
  const before = {process: process.cpuUsage(), thread: process.threadCpuUsage()}
  const startMs = performance.now()
  const endMs = startMs + forMs
  const caller = async (): Promise<void> => {
    for (let sentMs = performance.now(); sentMs < endMs;) {
      await ask()
      const answeredMs = performance.now()
      tookMs.push(answeredMs - sentMs)
      sentMs = answeredMs
    }
  }
  await Promise.all(Array.from({length: inFlight}, caller))
  const ranMs = performance.now() - startMs
  const count = tookMs.length
  return {
    count,
    perSecond: (count / ranMs) * 1_000,
    p50Ms: percentileOf(tookMs, 0.5),
    p99Ms: percentileOf(tookMs, 0.99),
    processCpuUs: sum(process.cpuUsage(before.process)) / count,
    threadCpuUs: sum(process.threadCpuUsage(before.thread)) / count,
  }
}

function sum({user, system}: {readonly user: number; readonly system: number}): number {
  return user + system
}
