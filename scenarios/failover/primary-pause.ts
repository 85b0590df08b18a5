// The primary is frozen for longer than its lease and wakes up believing that it is still primary. Not here: the
// freezer (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryPause = {
  name: 'primary-pause',
  kind: 'failover',
  summary: 'The primary is frozen past the ttl, replaced, and woken: what it then accepts must not count',
  rationale:
    'The standbys cannot tell frozen from dead and replace it after the ttl. Woken, it believes itself primary ' +
    'until its next loop; no write that it acknowledges in that window may be missing at the end.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'freeze', fault: {kind: 'pause-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'freeze'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
