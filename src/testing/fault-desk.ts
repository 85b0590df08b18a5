// The faults that one test has in place: done, and undone, with a word to the journal where one is kept. Invariant: a
// fault is known here from before its command is given until its heal was seen, so that whatever a test does, what it
// broke can be mended. Not here: how a fault is done and seen (src/faults), when a test mends (started-cluster.ts).
import {healFault} from '../faults/inject-fault.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {injectByHand, type AimedFault, type InjectedFault} from '../experiment/inject-by-hand.ts'
import {healWithinMs, injectWithinMs} from '../experiment/run-deadlines.ts'
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {FaultSpec, Step} from '../model/scenario.ts'
import {soleCluster, type ClusterState} from '../model/topology.ts'
import {awaitUntil, holds, notYet, type PollResult} from '../waiting/await-until.ts'
import {wayBackOf, type WayBack} from './decide-way-back.ts'
import type {Journal} from './journal.ts'
import type {OneAtATime} from './one-at-a-time.ts'

interface InPlace extends AimedFault {
  readonly id: string
  readonly spec: FaultSpec
}

export interface FaultDeskOptions {
  readonly docker: Docker
  readonly cluster: Cluster
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The lab is held for each fault: two that a test asks for at once are done one after the other. */
  readonly line: OneAtATime
}

export class FaultDesk {
  /** Absent: nobody measures. */
  journal: Journal | undefined
  readonly #options: FaultDeskOptions
  #inPlace: readonly InPlace[] = []
  #count = 0

  constructor(options: FaultDeskOptions) {
    this.#options = options
  }

  get isClear(): boolean {
    return this.#inPlace.length === 0
  }

  /** Returns when the effect was seen. What fails after its command was given is mended first. */
  async inject(spec: FaultSpec): Promise<InjectedFault> {
    return this.#options.line.run(async () => this.#injectNow(spec))
  }

  async #injectNow(spec: FaultSpec): Promise<InjectedFault> {
    const {docker, cluster} = this.#options
    const ofShard = cluster.name === soleCluster ? '' : `${cluster.name}-`
    const id = `${ofShard}${spec.kind}-${(this.#count += 1)}`
    const step: Step = {kind: 'inject', id, fault: spec}
    this.journal?.breaks(cluster.name)
    try {
      return await this.#step(step, `inject ${id}`, injectWithinMs, async () =>
        injectByHand(docker, cluster, spec, this.#clock, {
          onCommanded: (aimed, atMs) => {
            this.#inPlace = [...this.#inPlace, {...aimed, id, spec}]
            const {fault, targets} = aimed
            this.#tell({kind: 'fault.commanded', atMs, fault: id, describe: fault.describe, targets})
          },
          onVerified: ({atMs, sinceMs, evidence}) =>
            this.#tell({kind: 'fault.verified', atMs, fault: id, sinceMs, evidence}),
        }),
      )
    } catch (error) {
      if (this.#inPlace.some(one => one.id === id)) await this.#healNow(true).catch(() => undefined)
      throw error
    }
  }

  /** All, the newest first; each is tried. HEAL_FAILED with what is left. */
  async heal({isStep = true}: {readonly isStep?: boolean} = {}): Promise<void> {
    await this.#options.line.run(async () => this.#healNow(isStep))
  }

  async #healNow(isStep: boolean): Promise<void> {
    if (this.isClear) return
    const {docker, cluster} = this.#options
    const failures: unknown[] = []
    await whileLocked(docker, {lab: cluster.lab, what: 'a test that heals'}, async () => {
      for (const one of this.#inPlace.toReversed()) {
        try {
          const undo = async (): Promise<void> => this.#undo(one)
          await (isStep ? this.#step({kind: 'heal', id: one.id}, `heal ${one.id}`, healWithinMs, undo) : undo())
          this.#inPlace = this.#inPlace.filter(other => other !== one)
        } catch (error) {
          failures.push(error)
        }
      }
    })
    if (failures.length === 0) return
    throw new HlError('HEAL_FAILED', `not healed: ${this.#names()}: ${messageOf(failures[0])}`, {
      next: [hint('faults heal', {flags: {all: true}, lab: cluster.lab}), hint('down', {lab: cluster.lab})],
      cause: failures[0],
    })
  }

  /** Until the cluster has done what it can by itself with the faults in place. LAB_UNHEALTHY after `withinMs`. */
  async awaitWayBack(withinMs: number): Promise<void> {
    const {cluster, signal} = this.#options
    const {failsafeMode} = await cluster.settings().catch(() => ({failsafeMode: false}))
    const ways = this.#inPlace.map(one => ({
      way: wayBackOf(one.spec, one.targets, one.before, failsafeMode),
      before: one.before.lease.owner,
    }))
    if (ways.length === 0 || ways.some(({way}) => way === 'heal')) return
    await awaitUntil(async () => seen(await cluster.state(), ways), {
      clock: this.#clock,
      withinMs,
      signal,
      what: `a primary of lab ${cluster.lab} while ${this.#names()} is in place`,
      code: 'LAB_UNHEALTHY',
      next: ['heal() first, where nobody can take over', hint('status', {lab: cluster.lab})],
      tolerant: true,
    })
  }

  get #clock(): Clock {
    return this.journal?.clock ?? this.#options.clock
  }

  async #undo({id, fault}: InPlace): Promise<void> {
    await healFault(fault, {
      clock: this.#clock,
      withinMs: healWithinMs,
      onCommanded: atMs => this.#tell({kind: 'heal.commanded', atMs, fault: id}),
      onVerified: ({atMs, evidence}) => this.#tell({kind: 'heal.verified', atMs, fault: id, evidence}),
    })
  }

  #tell(event: RunEvent): void {
    this.journal?.emit(event)
  }

  async #step<T>(step: Step, label: string, withinMs: number, work: () => Promise<T>): Promise<T> {
    return this.journal === undefined ? work() : this.journal.step(step, label, withinMs, work)
  }

  #names(): string {
    return this.#inPlace.map(({fault}) => fault.describe).join(', ')
  }
}

/** Does one member hold the lease and take writes, where it must not be the one of before? */
function seen(
  {primary, lease}: ClusterState,
  ways: readonly {readonly way: WayBack; readonly before: string | null}[],
): PollResult<string> {
  if (primary === null) return notYet('no member takes writes')
  if (lease.owner !== primary) return notYet(`${primary} takes writes, ${lease.owner ?? 'nobody'} holds the lease`)
  const isOld = ways.some(({way, before}) => way === 'new-primary' && before === primary)
  return isOld ? notYet(`${primary} is still the primary`) : holds(primary)
}
