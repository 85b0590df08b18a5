import {describe, expect, it} from 'vitest'
import type {Clock} from '../../model/ports.ts'
import type {RunEvent} from '../../model/run-event.ts'
import type {EtcdApi} from '../etcd/etcd-api.ts'
import {describeLab} from '../lifecycle/lab-description.ts'
import {labObserver} from './observe.ts'
import type {PatroniApi} from '../patroni/patroni-api.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'

/** Time that moves when `pass` says so: waits settle in order. */
function handClock() {
  let now = 0
  let waiting: {readonly atMs: number; readonly fire: () => void}[] = []
  const clock: Clock = {
    nowMs: () => now,
    wallTime: () => '',
    wait: async (ms, signal) =>
      await new Promise((resolve, reject) => {
        waiting.push({atMs: now + ms, fire: resolve})
        signal?.addEventListener('abort', () => reject(new Error('aborted')), {once: true})
      }),
  }
  const settle = async (): Promise<void> => await new Promise(resolve => setImmediate(resolve))
  const pass = async (ms: number): Promise<void> => {
    const end = now + ms
    await settle()
    for (
      let next = waiting.sort((a, b) => a.atMs - b.atMs)[0];
      next !== undefined && next.atMs <= end;
      next = waiting.sort((a, b) => a.atMs - b.atMs)[0]
    ) {
      now = next.atMs
      waiting = waiting.filter(other => other !== next)
      next.fire()
      await settle()
    }
    now = end
  }
  return {clock, pass}
}

const node = (role: 'primary' | 'standby'): NodeStatus => ({
  state: 'running',
  role,
  timeline: 1,
  walBytes: 1,
  replayedBytes: 1,
  replicationState: null,
  syncStandby: false,
  maintenance: false,
  pendingRestart: false,
  serverVersion: null,
  patroniVersion: null,
})
const container = (service: string) => ({
  id: service,
  name: service,
  status: 'running' as const,
  labels: {'hl.lab': 'lab', 'hl.service': service},
  environment: {},
  address: null,
  ports: [],
})
const lab = describeLab('lab', ['pg1', 'pg2'].map(container))

function world(answers: Readonly<Record<string, () => Promise<NodeStatus | null>>>) {
  const {clock, pass} = handClock()
  const asked: Record<string, number> = {}
  const seen = {owner: 'pg1'}
  const patroni: PatroniApi = {
    status: async member => {
      asked[member] = (asked[member] ?? 0) + 1
      return (await answers[member]?.()) ?? null
    },
    config: async () => null,
    patchConfig: async () => undefined,
    switchover: async () => ({status: 200, text: ''}),
  }
  const etcd: EtcdApi = {
    keys: async () => ({
      revision: 1,
      leaseOwner: seen.owner,
      leaseId: '7',
      syncStandbys: [],
      maintenance: false,
      config: null,
    }),
    lease: async () => ({leftMs: 16_000, grantedMs: 20_000}),
    member: async () => null,
    version: async () => null,
    alarms: async () => [],
  }
  const events: RunEvent[] = []
  const observer = labObserver({lab, patroni, etcd}, clock, async () => ({
    cpuBusyPct: 1,
    stealPct: 0,
    pressurePct: 0,
    memoryAvailableMb: 1,
  }))
  return {observer, events, pass, asked, seen}
}

describe('the observer', () => {
  it('tells changes once, and a summary and the host each second', async () => {
    const {observer, events, pass, seen} = world({pg1: async () => node('primary'), pg2: async () => node('standby')})
    observer.start(event => events.push(event))
    await pass(1_450)
    seen.owner = 'pg2'
    await pass(1_000)
    await observer.stop()
    expect(
      events.filter(event => event.kind === 'lease.changed').map(event => [event.from, event.to, event.atMs]),
    ).toEqual([
      [null, 'pg1', 0],
      ['pg1', 'pg2', 1_500],
    ])
    expect(events.filter(event => event.kind === 'role.changed').map(event => [event.node, event.to])).toEqual([
      ['pg1', 'primary'],
      ['pg2', 'standby'],
    ])
    expect(events.filter(event => event.kind === 'cluster.observed').length).toBe(3)
    expect(events.filter(event => event.kind === 'host.sampled').length).toBe(3)
  })
  it('asks a silent node once until it has answered, and the others go on', async () => {
    const {observer, pass, asked} = world({
      pg1: async () => await new Promise(() => undefined),
      pg2: async () => node('standby'),
    })
    observer.start(() => undefined)
    await pass(1_000)
    expect(asked).toEqual({pg1: 1, pg2: 11})
  })
  it('says nothing after it was stopped', async () => {
    const {observer, events, pass} = world({pg1: async () => node('primary'), pg2: async () => node('standby')})
    observer.start(event => events.push(event))
    await pass(50)
    await observer.stop()
    const told = events.length
    await pass(5_000)
    expect(events.length).toBe(told)
  })
})
