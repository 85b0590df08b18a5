// The standby that every commit waits for dies. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const syncStandbyCrash = {
  name: 'sync-standby-crash',
  kind: 'failover',
  summary: 'SIGKILL to the sync standby: commits hang until Patroni appoints the other one, the primary stays',
  rationale:
    'Commits wait for a standby that is gone until the next loop of Patroni, which registers the other standby. ' +
    'That stall is the price of losing nothing; a failover here would be a mistake.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'sync-standby'}}},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 20_000, lostWritesMax: 0},
} as const satisfies Scenario
