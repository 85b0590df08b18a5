// Two machines die at once, and the election of one waits for the election of the other. Not here: how a container is
// killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryAndDcsLeaderCrash = {
  name: 'primary-and-dcs-leader-crash',
  kind: 'failover',
  summary: "SIGKILL to the primary and to etcd's leader together: slower than either alone, and still nothing is lost",
  rationale:
    'The new etcd leader starts the lease afresh with its full ttl, so the wait for it begins again; then it is ' +
    'primary-crash. The limit is a ttl and an election, with room.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'dcs', fault: {kind: 'kill-container', target: {select: 'dcs-leader'}}},
    {kind: 'inject', id: 'primary', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 90_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'heal', id: 'all'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
  ],
  objectives: {rtoMsMax: 60_000, lostWritesMax: 0},
} as const satisfies Scenario
