// What a test does more at night than by day. For tests only. Not here: files of the night (test/e2e/nightly).

/** `npm test -- --nightly` runs the integration tests too, with this set. */
export const nightVariable = 'HL_NIGHT'

/** By day a part that fits into the time of `npm test`, at night the whole. */
export const byDay = <T>(part: T, whole: T): T => (process.env[nightVariable] === '1' ? whole : part)
