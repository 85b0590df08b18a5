// Every check of a drill by name, with what it means: the table that reports, drills (mustFail) and people refer to.
// What verification of the restored cluster found stands beside these under its own names. Invariant: a name never
// changes its meaning. Not here: how a check is done (assumptions.ts, claims.ts).

/** An assumption that does not hold makes the verdict unknown; a claim that does not hold makes it fail. */
export const drillCheckTable = {
  'load-before-disaster': {
    kind: 'assumption',
    doc: 'clients wrote for long enough before the disaster, so there is something to lose',
  },
  'enough-writes': {kind: 'assumption', doc: 'enough writes were acknowledged to say anything'},
  'disaster-happened': {kind: 'assumption', doc: 'the bad statement was answered, or the loss was seen'},
  'steps-ran': {kind: 'assumption', doc: 'the drill was not interrupted, and nothing but its restore failed'},
  'clock-monotonic': {
    kind: 'assumption',
    doc: 'no operation ends before it begins and no event lies before the one that it followed',
  },
  'ids-unique': {kind: 'assumption', doc: 'no two operations share an id'},
  'refused': {kind: 'claim', doc: 'the restore was refused, with the code and the words that the drill names'},
  'nothing-restored': {kind: 'claim', doc: 'after a refusal no cluster was restored'},
  'nothing-changed': {kind: 'claim', doc: 'after a refusal everything is as it was; found by verification'},
  'final-readable': {kind: 'claim', doc: 'the final state could be read from the restored cluster; if not, unknown'},
  'backups-whole': {
    kind: 'claim',
    doc: 'of a failover during a backup: no half backup is listed as a good one, and the next backup works; found by verification',
  },
  'recovered': {kind: 'claim', doc: 'a write was acknowledged through the router by the restored cluster'},
  'way-back-ended': {
    kind: 'claim',
    doc: 'what brings back came to its end, and did not fail after writes had come back',
  },
  'no-failed-writes': {
    kind: 'claim',
    doc: 'of a table that is brought back: every write of every client was acknowledged, so the cluster never stopped serving',
  },
  'no-failover': {
    kind: 'claim',
    doc: 'of a table that is brought back: the cluster went on with the primary and the timeline that it had, so nothing was rewound',
  },
  'nothing-fetched': {kind: 'claim', doc: 'of a copy that followed with a delay: no backup was copied for the table'},
  'backup-used': {kind: 'claim', doc: 'the cluster came back from a backup, and it is known which'},
  'restore-verified': {kind: 'claim', doc: 'verification of the restored cluster looked at something; if not, unknown'},
  'precision': {kind: 'claim', doc: 'of a rewind: no write acknowledged before the bad statement is missing'},
  'nothing-after': {
    kind: 'claim',
    doc: 'of a rewind to just before the bad statement: nothing that was sent after it is there',
  },
  'lost-after-restore': {kind: 'claim', doc: 'no write that the restored cluster itself acknowledged is gone'},
  'duplicated-writes': {kind: 'claim', doc: 'no write was applied twice'},
  'phantom-writes': {kind: 'claim', doc: 'nothing is there that was never attempted'},
  'resurrected-writes': {kind: 'claim', doc: 'nothing is there that surely failed'},
  'transfers-total': {kind: 'claim', doc: 'the accounts add up to what they held at the start'},
  'nodes-agree': {kind: 'claim', doc: 'all nodes of the restored cluster hold the same ledger'},
  'rto-within-limit': {kind: 'claim', doc: 'the objective rtoMsMax'},
  'rpo-within-limit': {kind: 'claim', doc: 'of a loss: the objective lostWritesMax'},
  'collateral-within-limit': {kind: 'claim', doc: 'of a rewind: the objective collateralMax'},
} as const satisfies Record<string, {readonly kind: 'assumption' | 'claim'; readonly doc: string}>

export type DrillCheckName = keyof typeof drillCheckTable

/** All names, in the order of reports. */
export const drillCheckNames = Object.keys(drillCheckTable).filter(
  (name): name is DrillCheckName => name in drillCheckTable,
)

export function isDrillAssumption(name: string): boolean {
  return drillCheckNames.some(known => known === name && drillCheckTable[known].kind === 'assumption')
}
