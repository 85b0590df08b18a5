// The advisory locks of hl_shards: pairs of a class that is this library's own, "hlsh" as bytes, and a number.
// Invariant: 0 to 63 are the groups: whoever writes in a group shares its lock to the end of the transaction, a
// prepared one included, and whoever changes its owner has it alone. One for each group, not for each key: a server has
// room for a few thousand locks.

/** First argument of pg_advisory_xact_lock and its like. */
export const lockClass = 0x686c7368
/** Of the schema while it is being installed. */
export const installLock = 100
/** Of the map while it is being written. */
export const mapLock = 101
/** Of a session that runs a move which this shard is a part of. */
export const moveLock = 102
/** Of whoever writes a marker of a move, so that markers come in the order of their numbers. */
export const markerLock = 103
/** Of whoever decides a transaction over shards, or changes the owner of a group; a barrier has it alone. */
export const decisionLock = 104
