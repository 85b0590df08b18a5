// Does a server hash as this library does? Asked once at the start of an application: a server of another encoding, or
// a fork of PostgreSQL with hashes of its own, would put rows where nobody looks. Invariant: each golden vector is
// compared, in the library and on the server. Not here: the vectors (golden-vectors.ts), asking again later.
import {ShardError} from '../shard-error.ts'
import {goldenVectors} from './golden-vectors.ts'
import {keyTypes, type KeyType} from './key-type.ts'
import {slotOf, slotSql} from './slot.ts'

/** Runs one statement with values and gives its rows, for example `(text, values) => router.query(text, values)`. */
export type HashQuery = (text: string, values: unknown[]) => Promise<{readonly rows: readonly unknown[]}>

/** One statement for all vectors of a type; the texts are the one parameter. */
function question(type: KeyType): string {
  return `SELECT given.key, ${slotSql(type, `given.key::${type}`)}::int4 AS slot, pg_catalog.current_setting('server_encoding') AS encoding
FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS given(key, place) ORDER BY place`
}

/**
 * Compares the golden vectors of each type with a server. Throws ShardError SHARD_FAILED with the first key that
 * differs, or that the server's encoding is not UTF8, of which text keys are hashed. Errors of the query pass through.
 */
export async function checkHash(query: HashQuery): Promise<void> {
  for (const type of keyTypes) {
    const vectors = goldenVectors.filter(vector => vector.type === type)
    const {rows} = await query(question(type), [vectors.map(({key}) => key)])
    for (const [index, {key, slot}] of vectors.entries()) {
      const answered = answerOf(rows[index])
      if (answered.encoding !== 'UTF8')
        throw new ShardError(
          'SHARD_FAILED',
          `the database has the encoding ${answered.encoding}, and keys are hashed as UTF-8: make the shard's ` +
            `database with ENCODING 'UTF8'`,
        )
      if (answered.slot !== slot || slotOf(type, key) !== slot)
        throw new ShardError(
          'SHARD_FAILED',
          `the server puts the ${type} key ${JSON.stringify(key)} into slot ${answered.slot}, the library into ` +
            `${slotOf(type, key)}, and PostgreSQL into ${slot}: do not use this server as a shard`,
          {detail: {type, key, serverSlot: answered.slot, slot}},
        )
    }
  }
}

function answerOf(row: unknown): {readonly slot: number; readonly encoding: string} {
  if (typeof row !== 'object' || row === null) return {slot: -1, encoding: 'unknown'}
  // A type parser of the application's own may give a text.
  return {slot: Number(Reflect.get(row, 'slot')), encoding: String(Reflect.get(row, 'encoding'))}
}
