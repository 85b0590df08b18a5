// The words of a report for who reads one for the first time, a sentence each. Invariant: the one table of them; a page
// shows those that it uses. Not here: definitions to the letter (docs/measuring.md).

export interface Term {
  readonly word: string
  /** How the text says it, besides the word itself. */
  readonly also?: RegExp
  readonly says: string
}

const glossary: readonly Term[] = [
  {
    word: 'RTO',
    says: 'Recovery time: from the last write that was confirmed before the outage to the first of the unbroken run after it.',
  },
  {word: 'RPO', also: /\blost\b/i, says: 'Data loss: writes that were confirmed to a client and are gone afterwards.'},
  {
    word: 'objective',
    also: /\bowed\b/i,
    says: 'A limit that the run is held against, of the scenario or of who started it.',
  },
  {
    word: 'verdict',
    says: 'Pass, fail, or unknown where something that the measuring relies on did not hold: unknown is no pass.',
  },
  {word: 'control', says: 'A run with something wrong on purpose, which the checks have to reject.'},
  {word: 'trial', says: 'One run of several with the same scenario, each with its own seed.'},
  {word: 'seed', says: 'The number that all draws of a run follow from, so that they can be repeated.'},
  {
    word: 'unknown',
    also: /\bunknown (?:writes?|outcomes?)\b/i,
    says: 'Of a write: its client heard no answer, so it may be there or not.',
  },
  {word: 'primary', says: 'The one node of a cluster that takes writes.'},
  {word: 'standby', says: 'A node that replays what the primary wrote, and serves reads.'},
  {
    word: 'sync standby',
    also: /\bsync (?:set|state)\b|synchronous_mode/i,
    says: 'A standby that has every confirmed write on its disk, so that it may take over without loss.',
  },
  {
    word: 'lease',
    says: "The primary's right to take writes, which runs out unless it is renewed; who holds it is the leader in Patroni's words.",
  },
  {
    word: 'DCS',
    also: /\betcd\b/i,
    says: 'The store that holds the lease, here etcd: several members that decide by majority.',
  },
  {word: 'ttl', says: 'For how long a lease lasts: a dead primary is noticed at the latest after it.'},
  {word: 'loop_wait', says: "The pause between two rounds of Patroni's work, in which the lease is renewed."},
  {word: 'retry_timeout', says: 'For how long Patroni goes on asking a store or a server that does not answer.'},
  {word: 'failsafe_mode', says: 'A primary that cannot reach the store stays one while all members answer it.'},
  {
    word: 'timeline',
    says: 'A number that each promotion raises by one: two nodes of different timelines have different histories.',
  },
  {
    word: 'two primaries',
    also: /\bsplit[ -]brain\b|\bdual-/i,
    says: 'Two nodes that take writes at the same time, also called split brain.',
  },
  {word: 'redundancy', says: 'When every standby follows the primary again, and the next fault finds a replacement.'},
  {
    word: 'WAL',
    says: 'The log in which PostgreSQL writes every change first, and from which standbys and restores replay it.',
  },
  {word: 'LSN', says: 'A position in the WAL.'},
  {word: 'replay', says: 'To carry out again what the WAL says, on a standby or in a restore.'},
  {word: 'collateral', says: 'Good writes after a bad statement that a restore to the moment before it takes with it.'},
  {word: 'precision', says: 'Good writes before the bad statement that are missing after the restore: it owes none.'},
  {word: 'p99', says: 'The value that 99 of 100 measured ones do not exceed.'},
  {
    word: 'p50',
    also: /\bmedian\b|\bp95\b/i,
    says: 'The value that half of the measured ones do not exceed; of p95 it is 95 of 100.',
  },
  {
    word: 'rule of three',
    says: 'Where nothing was lost in n trials, at most 3/n of all such faults lose something, at 95%.',
  },
  {word: 'shard', says: 'A cluster that owns a part of the keys.'},
  {word: 'slot group', says: 'The part of the keys that moves between shards as one.'},
  {word: 'pgpool', says: 'A proxy between clients and nodes, which finds the primary by itself.'},
  {word: 'router', says: "hl's own library in the client, which sends writes to the primary and follows a failover."},
]

/** PURE: those that the text uses, in the order of the table. */
export function termsIn(text: string): readonly Term[] {
  return glossary.filter(({word, also}) => new RegExp(`\\b${word}s?\\b`, 'i').test(text) || also?.test(text) === true)
}
