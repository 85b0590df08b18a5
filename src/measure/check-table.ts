// Every check by name, with what it means: the table that reports, scenarios (failing-checks) and people refer to. What
// verification of a restored cluster found stands beside these under its own names.
// Invariant: a name never changes its meaning. Not here: how a check is done (assumptions.ts, claims.ts,
// recovery-claims.ts, refusal.ts).

/** An assumption that does not hold makes the verdict unknown; a claim that does not hold makes it fail. */
export const checkTable = {
  'load-before-fault': {
    kind: 'assumption',
    doc: 'clients wrote for long enough before the cluster was disturbed, so there is a baseline',
  },
  'load-before-disaster': {
    kind: 'assumption',
    doc: 'clients wrote for long enough before the disaster, so there is something to lose',
  },
  'enough-writes': {kind: 'assumption', doc: 'enough writes were acknowledged to say anything'},
  'load-on-time': {
    kind: 'assumption',
    doc:
      'of a failover: before the disturbance the open-loop load was issued on time, and afterwards at least half of ' +
      'it, so a starved host is not taken for a slow cluster',
  },
  'baseline-clean': {
    kind: 'assumption',
    doc:
      'of a failover: before the disturbance nearly every write was acknowledged, so what follows is the work of ' +
      'the fault',
  },
  'load-ran-through': {
    kind: 'assumption',
    doc:
      'the load wrote until the last step ended, or until clients were kept away from what was given up; of a ' +
      'failover without a pause of two seconds: where nobody wrote, nobody saw',
  },
  'fault-seen': {kind: 'assumption', doc: 'every fault was injected and a probe saw its effect'},
  'heal-seen': {kind: 'assumption', doc: 'every fault was healed and a probe saw that'},
  'disaster-happened': {kind: 'assumption', doc: 'the bad statement was answered, or the loss was seen'},
  'steps-ran': {
    kind: 'assumption',
    doc: 'the run went through its steps to the end, or to a step in which the cluster or its way back failed',
  },
  'clock-monotonic': {
    kind: 'assumption',
    doc:
      'no operation ends before it begins, or is sent before it is due or before one with a lower number, and no ' +
      'event lies before the one that it followed',
  },
  'ids-unique': {kind: 'assumption', doc: 'no two operations share an id'},
  'history-complete': {
    kind: 'assumption',
    doc:
      'no operation is missing: numbers are without a gap, the seconds that the load counted while it ran hold as ' +
      'many writes as the history, and no row of the final state is newer than the history',
  },
  'timelines-rise': {kind: 'assumption', doc: 'no node answered on a timeline that it had left'},
  'start-empty': {kind: 'assumption', doc: 'no read saw a version before the first one of this run was written'},
  'reads-explained': {kind: 'assumption', doc: 'no read saw a version that nobody had sent by its end'},
  'events-present': {kind: 'assumption', doc: 'the lease and the members were watched'},
  'refused': {kind: 'claim', doc: 'the restore was refused, with the code and the words that the scenario names'},
  'nothing-restored': {kind: 'claim', doc: 'after a refusal no cluster was restored'},
  'nothing-changed': {kind: 'claim', doc: 'after a refusal everything is as it was; found by verification'},
  'final-readable': {
    kind: 'claim',
    doc: 'the final state could be read from the primary after convergence; if not, unknown',
  },
  'backups-whole': {
    kind: 'claim',
    doc:
      'of a failover during a backup: no half backup is listed as a good one, and the next backup works; found by ' +
      'verification',
  },
  'recovered': {kind: 'claim', doc: 'writes came back and stayed'},
  'way-back-ended': {
    kind: 'claim',
    doc: 'what brings back came to its end, and did not fail after writes had come back',
  },
  'conditions-met': {
    kind: 'claim',
    doc: 'every condition that the scenario waits for, and every switchover, came about in time',
  },
  'no-failed-writes': {
    kind: 'claim',
    doc:
      'of a table that is brought back: every write of every client was acknowledged, so the cluster never ' +
      'stopped serving',
  },
  'failover-happened': {
    kind: 'claim',
    doc: 'the lease or the timeline changed, where the scenario requires a failover',
  },
  'no-failover': {
    kind: 'claim',
    doc: 'neither the lease nor the timeline changed, where the scenario forbids a failover or a table is brought back',
  },
  'nothing-fetched': {kind: 'claim', doc: 'of a copy that followed with a delay: no backup was copied for the table'},
  'backup-used': {kind: 'claim', doc: 'the cluster came back from a backup, and it is known which'},
  'restore-verified': {kind: 'claim', doc: 'verification of the restored cluster looked at something; if not, unknown'},
  'precision': {
    kind: 'claim',
    doc: 'of a point-in-time restore: no write acknowledged before the bad statement is missing',
  },
  'nothing-after': {
    kind: 'claim',
    doc: 'of a restore to just before the bad statement: nothing that was sent after it is there',
  },
  'at-barrier': {
    kind: 'claim',
    doc:
      'of a restore after a barrier: every write acknowledged before it was taken is there, and where all shards ' +
      'come back at it none that was sent after it; unknown where none was acknowledged on either side',
  },
  'lost-after-restore': {
    kind: 'claim',
    doc: 'no write that the restored cluster itself acknowledged is gone; unknown where it acknowledged none',
  },
  'lost-writes': {
    kind: 'claim',
    doc:
      'of a cluster that goes on, and of the shards beside one that came back alone: no more acknowledged writes are ' +
      'gone than the objectives allow (none if they do not say), those of pinned writers included unless a split ' +
      'brain explains them',
  },
  'duplicated-writes': {kind: 'claim', doc: 'no write was applied twice'},
  'phantom-writes': {kind: 'claim', doc: 'nothing is there that was never attempted'},
  'resurrected-writes': {kind: 'claim', doc: 'nothing is there that surely failed'},
  'transfers-total': {
    kind: 'claim',
    doc:
      'the accounts add up to what they held at the start; of a shard that came back alone, but for the transfers of ' +
      'which it lost its half',
  },
  'split-brain': {
    kind: 'claim',
    doc: 'no two nodes acknowledged writes at the same time; merely reported or unacknowledged overlaps are warnings',
  },
  'reads-primary-fresh': {kind: 'claim', doc: 'a read on the primary shows every write acknowledged before it began'},
  'reads-primary-monotonic': {
    kind: 'claim',
    doc: 'of one reader, a later read on the primary never shows less than an earlier one',
  },
  'read-your-writes': {
    kind: 'claim',
    doc: 'a session that reads itself on the primary sees its own acknowledged writes',
  },
  'reads-standby': {
    kind: 'claim',
    doc:
      'reads on standbys were answered and are measured; no freshness is promised, so their numbers are never a ' +
      'fail',
  },
  'nodes-agree': {kind: 'claim', doc: 'all nodes hold the same ledger after convergence'},
  'other-shards-untouched': {
    kind: 'claim',
    doc:
      'of a lab of several shards, where neither the etcd that they share was broken nor all were lost: the other ' +
      'shards have the ' +
      'primary and the timeline that they had; unknown where one could not be looked at',
  },
  'rows-on-owner': {
    kind: 'claim',
    doc:
      "of a load over shards: every row is on the shard that owns its slot group, by PostgreSQL's own hash of its " +
      'key; each group has one owner',
  },
  'transactions-whole': {
    kind: 'claim',
    doc:
      'of a load over shards: each transfer between two of them is there on both, or on neither; of a shard that ' +
      'came back alone, but for what the archive did not have of it; unknown where none is there',
  },
  'halves-told': {
    kind: 'claim',
    doc:
      'of a shard that came back alone: as many transfers are there by half as transactions were said to have lost a ' +
      'part when it was brought in line with the others',
  },
  'nothing-prepared': {
    kind: 'claim',
    doc: 'of a load over shards: once recovery has had its time, no transaction is left prepared on any of them',
  },
  'others-kept-serving': {
    kind: 'claim',
    doc:
      'of a load over shards, from the disturbance on: every write to another shard alone was acknowledged, and ' +
      'none of them stalled for two seconds; unknown where too few went there',
  },
  'scatter-reads-whole': {
    kind: 'claim',
    doc:
      'of a load over shards: a read of all of them has every order that was acknowledged before it, or was ' +
      'refused, or, where that was allowed, names the shard that is missing; where a shard was down whole, both ' +
      'were seen',
  },
  'hot-group-named': {
    kind: 'claim',
    doc: "of a load with a hot user: the slot group with the most writes is that user's",
  },
  'rto-within-limit': {kind: 'claim', doc: 'the objective rtoMsMax'},
  'rpo-within-limit': {kind: 'claim', doc: 'of a loss: the objective lostWritesMax'},
  'collateral-within-limit': {kind: 'claim', doc: 'of a point-in-time restore: the objective collateralMax'},
  'write-errors-within-limit': {kind: 'claim', doc: 'the objective writeErrorsMax'},
  'stall-within-limit': {kind: 'claim', doc: 'the objective longestStallMsMax'},
} as const satisfies Record<string, {readonly kind: 'assumption' | 'claim'; readonly doc: string}>

export type CheckName = keyof typeof checkTable

/** All names, in the order of reports. */
export const checkNames = Object.keys(checkTable).filter((name): name is CheckName => name in checkTable)

export function isAssumption(name: string): boolean {
  return checkNames.some(known => known === name && checkTable[known].kind === 'assumption')
}
