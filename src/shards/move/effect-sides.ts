// What is done in a move, one thing at a time, and on which side of it. Plain tables. Not here: in which order
// (move-states.ts), doing it (move-effects.ts).

/** One thing that is done; each may be done again, over whatever an earlier try has left. */
export type MoveEffect =
  | 'record-destination'
  | 'record-source'
  | 'announce'
  | 'wait-lease'
  | 'publish'
  | 'drop-slot'
  | 'wipe-destination'
  | 'copy'
  | 'subscribe'
  | 'catch-up'
  | 'publish-back'
  | 'make-slot-back'
  | 'subscribe-back'
  | 'see-slots-on-standbys'
  | 'verify'
  | 'verify-back'
  | 'fence'
  | 'unfence'
  | 'activate'
  | 'await-standbys'
  | 'tell-catalog'
  | 'release'
  | 'unsubscribe'
  | 'unpublish'
  | 'unsubscribe-back'
  | 'drop-slot-back'
  | 'unpublish-back'
  | 'wipe-source'
  | 'announce-back'
  | 'withdraw-back'
  | 'fence-back'
  | 'unfence-back'
  | 'activate-back'
  | 'release-back'
  | 'withdraw'
  | 'forget-source'
  | 'forget-destination'

/** Those that change a group and note the phase in one transaction. */
export const noting: ReadonlySet<MoveEffect> = new Set<MoveEffect>([
  'fence',
  'unfence',
  'activate',
  'fence-back',
  'unfence-back',
  'activate-back',
])

/** From the fence until all know of the switch nobody waits: writes, or old maps, wait for it. */
export const unpausable: ReadonlySet<MoveEffect> = new Set<MoveEffect>([
  'unfence',
  'activate',
  'await-standbys',
  'tell-catalog',
  'release',
  'unfence-back',
  'activate-back',
  'release-back',
])

/**
 * Where each is done. There must be this process's record there, in the same transaction where there is one; where
 * there never was a record, nothing else was made either.
 */
export const effectSides: Readonly<Record<MoveEffect, 'source' | 'destination' | null>> = {
  'record-destination': null,
  'record-source': null,
  'announce': 'destination',
  'wait-lease': null,
  'publish': 'source',
  'drop-slot': 'source',
  'wipe-destination': 'destination',
  'copy': 'destination',
  'subscribe': 'destination',
  'catch-up': 'source',
  'publish-back': 'destination',
  'make-slot-back': 'destination',
  'subscribe-back': 'source',
  'see-slots-on-standbys': null,
  'verify': null,
  'verify-back': null,
  'fence': 'source',
  'unfence': 'source',
  'activate': 'destination',
  'await-standbys': null,
  'tell-catalog': null,
  'release': 'source',
  'unsubscribe': 'destination',
  'unpublish': 'source',
  'unsubscribe-back': 'source',
  'drop-slot-back': 'destination',
  'unpublish-back': 'destination',
  'wipe-source': 'source',
  'announce-back': 'source',
  'withdraw-back': 'source',
  'fence-back': 'destination',
  'unfence-back': 'destination',
  'activate-back': 'source',
  'release-back': 'destination',
  'withdraw': 'destination',
  'forget-source': 'source',
  'forget-destination': 'destination',
}
