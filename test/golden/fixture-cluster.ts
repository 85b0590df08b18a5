// A cluster and a plan made by hand for the golden screens; nothing here was measured.
import type {ClusterStatus} from '../../src/faults/cluster-status.ts'
import type {Plan, PlannedStep} from '../../src/model/plan.ts'
import {defaultLoad, type Scenario, type Step} from '../../src/model/scenario.ts'
import {defaultSettings, type ClusterState, type MemberState} from '../../src/model/topology.ts'

const member = (name: string, rest: Partial<MemberState>): MemberState => ({
  name,
  container: 'running',
  role: 'standby',
  state: 'streaming',
  timeline: 4,
  lagBytes: 0,
  replayLagBytes: 0,
  ...rest,
})

export const healthyCluster: ClusterState = {
  lab: 'lab',
  primary: 'pg1',
  syncStandbys: ['pg2'],
  timeline: 4,
  paused: false,
  lease: {owner: 'pg1', expiresInMs: 16_400},
  members: [
    member('pg1', {role: 'primary', state: 'running', lagBytes: null, replayLagBytes: null}),
    member('pg2', {role: 'sync standby'}),
    member('pg3', {lagBytes: 98_304, replayLagBytes: 1_400_000}),
  ],
  dcs: ['etcd1', 'etcd2', 'etcd3'].map(name => ({name, container: 'running', healthy: true, leader: name === 'etcd2'})),
}

export const brokenCluster: ClusterState = {
  ...healthyCluster,
  primary: null,
  syncStandbys: [],
  lease: {owner: null, expiresInMs: null},
  members: [
    member('pg1', {
      container: 'stopped',
      role: 'unknown',
      state: null,
      timeline: null,
      lagBytes: null,
      replayLagBytes: null,
    }),
    ...healthyCluster.members.slice(1),
  ],
}

/** Of a lab of two shards; the primary of the second one was killed. */
export const twoShards: readonly ClusterStatus[] = ['s1', 's2'].map(name => {
  const [first, second] = [`${name}-pg1`, `${name}-pg2`]
  const state: ClusterState = {
    ...healthyCluster,
    lab: 'sharded',
    primary: first,
    syncStandbys: [second],
    lease: {owner: first, expiresInMs: 16_400},
    members: [
      member(first, {role: 'primary', state: 'running', lagBytes: null, replayLagBytes: null}),
      member(second, {role: 'sync standby'}),
    ],
  }
  if (name === 's1') return {name, state, settings: defaultSettings, faults: []}
  const [dead] = brokenCluster.members
  return {
    name,
    state: {
      ...state,
      primary: null,
      timeline: null,
      lease: {owner: first, expiresInMs: 3_100},
      members: [{...(dead ?? member(first, {})), name: first}, ...state.members.slice(1)],
    },
    settings: defaultSettings,
    faults: [`${first} is stopped`],
  }
})

const steps: readonly Step[] = [
  {kind: 'hold', forMs: 15_000, as: 'baseline'},
  {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
  {kind: 'await', until: 'writable', withinMs: 30_000},
  {kind: 'heal', id: 'all'},
]
const labels = [
  'hold 15.00 s (baseline)',
  'inject crash: kill-container pg1',
  'await writable within 30.00 s',
  'heal all',
]
const withinMs = [15_000, 30_000, 30_000, 60_000]

const scenario: Scenario = {
  name: 'primary-crash',
  kind: 'failover',
  summary: 'SIGKILL the primary under write load; a standby must take over without losing an acknowledged write',
  rationale: 'a standby takes over',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {}, archive: 'none'}],
  load: {},
  steps,
  objectives: {rtoMsMax: 30_000, lostWritesMax: 0},
}

export const crashPlan: Plan = {
  scenario,
  lab: 'lab',
  seed: 4171,
  through: 'router',
  settings: defaultSettings,
  load: defaultLoad,
  phaseMs: 1_730,
  withinMs: 135_000,
  steps: steps.map((step, index): PlannedStep => ({
    index,
    step,
    label: labels[index] ?? '',
    withinMs: withinMs[index] ?? 0,
  })),
}
