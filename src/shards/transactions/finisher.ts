// What this process has to finish of its own two-phase transactions, in the background: parts whose shard did not
// answer, commits that nobody knows of yet, decisions to be compacted.
// Invariants: one worker per shard, which tries until it is done or the process ends; whatever is left then is what
// recovery finds. Not here: the protocol (two-phase.ts), other processes' leavings (recovery.ts).
import {backoffMs, nowMs, pause, within} from '../time/pause.ts'
import type {ShardRecords} from './shard-records.ts'
import type {Unfinished} from './two-phase.ts'

/** Something could not be finished yet, and is tried again. */
export interface FinishTrouble {
  /** On which it is not finished. */
  readonly shard: string
  /** Of the part. */
  readonly gid: string
  /** So far. */
  readonly attempts: number
  /** Why not. */
  readonly error: unknown
}

export interface FinisherPorts {
  /** null: there is no such shard (any more). */
  records(shard: string): ShardRecords | null
  trouble(trouble: FinishTrouble): void
  compacted(): Promise<void> | void
}

/** A transaction that is committed: shards with a row of it, the coordinator last. */
interface Finished {
  readonly id: string
  readonly shards: readonly string[]
}

export class Finisher {
  readonly #ports: FinisherPorts
  readonly #ended = new AbortController()
  readonly #workers = new Map<string, {readonly parts: Unfinished[]; readonly done: Promise<void>}>()
  readonly #settling = new Set<Promise<void>>()
  /** Parts left, by transaction; what follows when there are none. */
  readonly #left = new Map<string, {count: number; readonly then: () => void}>()
  #finished: Finished[] = []
  #compacting: Promise<void> | null = null

  constructor(ports: FinisherPorts) {
    this.#ports = ports
  }

  /** What is under way: transactions with parts to finish, or to be settled. */
  get pending(): number {
    return this.#left.size + this.#settling.size
  }

  /** A transaction is committed, `unfinished` of its parts excepted, for which finishLater() was called. */
  committed(id: string, shards: readonly string[], unfinished: number): void {
    const finished = (): void => this.#compactLater({id, shards})
    const left = this.#left.get(id)
    if (unfinished === 0 || left === undefined) finished()
    else this.#left.set(id, {count: left.count, then: finished})
  }

  finishLater(part: Unfinished): void {
    const {count = 0, then = () => undefined} = this.#left.get(part.id) ?? {}
    this.#left.set(part.id, {count: count + 1, then})
    const worker = this.#workers.get(part.shard)
    if (worker !== undefined) {
      worker.parts.push(part)
      return
    }
    const parts = [part]
    this.#workers.set(part.shard, {parts, done: this.#work(part.shard, parts)})
  }

  /** What became of the coordinator's transaction; unknown: nobody could say in time. */
  async settle(coordinator: string, id: string, settleMs: number): Promise<'committed' | 'rolled-back' | 'unknown'> {
    const untilMs = nowMs() + settleMs
    for (let attempt = 1; ; attempt++) {
      const leftMs = untilMs - nowMs()
      const found = await within(Math.max(1, leftMs), this.#lookUp(coordinator, id)).catch(() => null)
      if (found !== null) return found
      if (nowMs() >= untilMs || this.#ended.signal.aborted) return 'unknown'
      await pause(Math.min(backoffMs(attempt, 500), Math.max(0, untilMs - nowMs())), this.#ended.signal)
    }
  }

  settleLater(coordinator: string, id: string, parts: readonly {readonly shard: string; readonly gid: string}[]): void {
    const settling = this.#settleAll(coordinator, id, parts).finally(() => this.#settling.delete(settling))
    this.#settling.add(settling)
  }

  /** Goes on for at most so long; what is left then, recovery finds. */
  async end(ms: number): Promise<void> {
    const drained = async (): Promise<void> => {
      while (this.#workers.size + this.#settling.size > 0)
        await Promise.all([...this.#settling, ...[...this.#workers.values()].map(({done}) => done)])
      await this.#compactNow()
    }
    await within(ms, drained())
    this.#ended.abort()
    await this.#compacting
  }

  async #lookUp(coordinator: string, id: string): Promise<'committed' | 'rolled-back' | null> {
    const records = this.#ports.records(coordinator)
    if (records === null || !(await records.over([id])).has(id)) return null
    return (await records.committed([id])).has(id) ? 'committed' : 'rolled-back'
  }

  async #settleAll(
    coordinator: string,
    id: string,
    parts: readonly {readonly shard: string; readonly gid: string}[],
  ): Promise<void> {
    for (let attempt = 1; !this.#ended.signal.aborted; attempt++) {
      const found = await this.settle(coordinator, id, slowMs)
      if (found === 'unknown') {
        this.#ports.trouble({shard: coordinator, gid: id, attempts: attempt, error: null})
        continue
      }
      const how = found === 'committed' ? 'COMMIT' : 'ROLLBACK'
      for (const {shard, gid} of parts) this.finishLater({id, shard, gid, how, certain: found === 'committed'})
      if (found === 'committed') this.committed(id, [...parts.map(({shard}) => shard), coordinator], parts.length)
      return
    }
  }

  async #work(shard: string, parts: Unfinished[]): Promise<void> {
    for (let attempt = 1; parts.length > 0 && !this.#ended.signal.aborted;) {
      const [part] = parts
      if (part === undefined) break
      if (await this.#tried(part, attempt)) {
        parts.shift()
        this.#done(part)
        attempt = 1
        continue
      }
      // Another one may have more luck: a part can be refused while its shard is well.
      parts.push(...parts.splice(0, 1))
      await pause(backoffMs(attempt++, slowMs), this.#ended.signal)
    }
    this.#workers.delete(shard)
  }

  async #tried({shard, gid, how, certain}: Unfinished, attempts: number): Promise<boolean> {
    try {
      const records = this.#ports.records(shard)
      if (records === null) throw new Error(`there is no shard ${shard} any more`)
      if ((await records.finish(gid, how)) === 'done' || certain) return true
      // Its PREPARE may still come: what is over here was not prepared.
      return (await records.over([gid])).has(gid)
    } catch (error) {
      this.#ports.trouble({shard, gid, attempts, error})
      return false
    }
  }

  #done({id}: Unfinished): void {
    const left = this.#left.get(id)
    if (left === undefined) return
    if (left.count > 1) {
      this.#left.set(id, {...left, count: left.count - 1})
      return
    }
    this.#left.delete(id)
    left.then()
  }

  #compactLater(finished: Finished): void {
    this.#finished.push(finished)
    this.#compacting ??= this.#compactSoon()
  }

  async #compactSoon(): Promise<void> {
    await pause(compactMs, this.#ended.signal)
    this.#compacting = null
    await this.#compactNow()
  }

  /** What fails is left to recovery. */
  async #compact(shard: string, ids: readonly string[]): Promise<void> {
    await this.#ports
      .records(shard)
      ?.compact(ids)
      .catch(() => undefined)
  }

  async #compactNow(): Promise<void> {
    const batch = this.#finished
    this.#finished = []
    const byShard = (pick: (shards: readonly string[]) => readonly string[]): Map<string, string[]> => {
      const ids = new Map<string, string[]>()
      for (const {id, shards} of batch)
        for (const shard of pick(shards)) ids.set(shard, [...(ids.get(shard) ?? []), id])
      return ids
    }
    for (const ids of [byShard(shards => shards.slice(0, -1)), byShard(shards => shards.slice(-1))])
      await Promise.all([...ids].map(([shard, list]) => this.#compact(shard, list)))
    if (batch.length > 0) await this.#ports.compacted()
  }
}

/** Between tries at a shard that goes on failing. */
const slowMs = 5_000
/** Decisions are compacted together. */
const compactMs = 1_000
