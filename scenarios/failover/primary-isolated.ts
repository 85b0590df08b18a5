// The primary lives, and nobody hears it. Not here: how packets are dropped (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryIsolated = {
  name: 'primary-isolated',
  kind: 'failover',
  summary:
    'The primary is cut off from etcd, from the other members and from its clients, silently, in both directions',
  rationale:
    'It fails to renew the lease, demotes itself within retry_timeout and comes back as a standby; the others ' +
    'replace it after the ttl. No packet is refused, so clients find out by their own timeouts only.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on', failsafeMode: false}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {
      kind: 'inject',
      id: 'cut',
      fault: {kind: 'partition', target: {select: 'primary'}, from: ['members', 'dcs', 'clients'], direction: 'both'},
    },
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'cut'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
