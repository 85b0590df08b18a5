// Answers of `hl router explain` for the golden screens. Invariant: every value of every column is there once.
import type {ExplainAnswer} from '../../src/load/explain-answer.ts'

const connections = {total: 3, idle: 2, waiting: 0, expired: 0}

export const explainedRead: ExplainAnswer = {
  statement: 'SELECT count(*) FROM hl.ledger',
  kind: 'read',
  reason: 'SELECT',
  by: 'parser',
  consistency: 'session',
  afterToken: 'hl1.3.0-5000060',
  node: 'pg2',
  role: 'standby',
  times: 10,
  nodes: [
    {
      node: 'pg1',
      role: 'primary',
      timeline: 3,
      connections,
      inFlight: null,
      latencyMs: null,
      lagBytes: null,
      lagMs: null,
      ejected: false,
      chosen: 0,
      serves: 'maybe',
      why: 'when no standby shows the token in time',
    },
    {
      node: 'pg2',
      role: 'standby',
      timeline: 3,
      connections,
      inFlight: 1,
      latencyMs: 4.2,
      lagBytes: 98_304,
      lagMs: 12,
      ejected: false,
      chosen: 10,
      serves: 'maybe',
      why: 'when it shows the token, or does within 20 ms of being asked',
    },
    {
      node: 'pg3',
      role: 'standby',
      timeline: 3,
      connections: {...connections, total: 0, idle: 0},
      inFlight: 0,
      latencyMs: null,
      lagBytes: 0,
      lagMs: 0,
      ejected: true,
      chosen: 0,
      serves: 'no',
      why: 'left out for a while: it failed or hung',
    },
  ],
  notes: [],
}

export const explainedWrite: ExplainAnswer = {
  ...explainedRead,
  statement: 'SELECT mine()',
  kind: 'write',
  reason: 'function mine is volatile',
  by: 'words',
  consistency: 'strict',
  afterToken: null,
  node: 'pg1',
  role: 'primary',
  times: 1,
  nodes: explainedRead.nodes.map((each, index) =>
    index === 2
      ? {
          ...each,
          role: null,
          timeline: null,
          connections: null,
          lagBytes: null,
          lagMs: null,
          ejected: false,
          why: 'no fresh word of it',
        }
      : {
          ...each,
          chosen: index === 0 ? 1 : 0,
          serves: index === 0 ? 'yes' : 'no',
          why:
            index === 0 ? 'what is not surely a read goes to the primary' : 'a standby gets surely nothing but reads',
        },
  ),
  notes: [
    'libpg-query is not installed, so the statement was read by its words; with it more statements count as reads',
  ],
}
