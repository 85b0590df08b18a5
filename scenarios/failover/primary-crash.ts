// The primary's machine dies without warning, under load. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryCrash = {
  name: 'primary-crash',
  kind: 'failover',
  summary: 'SIGKILL to the whole primary under load; a standby must take over without losing an acknowledged write',
  rationale:
    'The lease is not renewed and runs out after ttl - loop_wait .. ttl. The sync standby, and nobody else, may ' +
    'take it: every acknowledged write is on it. The old primary is rewound when it comes back.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
