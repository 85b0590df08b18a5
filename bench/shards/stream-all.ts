// Many rows, read one by one, with nothing kept. Invariant: rows that are too few, too many or out of order are an
// error. Not here: how long it takes beside others (stream.ts), the memory (stream-child.ts).
import Cursor from 'pg-cursor'
import type {Pool} from 'pg'
import {ShardedPool} from '../../src/shards/index.ts'
import {manyRows} from './statements.ts'
import type {Opened} from './way.ts'

export interface Streamed {
  readonly rows: number
  readonly rowsPerSecond: number
  readonly firstRowMs: number
}

interface Row {
  readonly user_id: string
  readonly id: string
}

/** As many as the library asks for at a time. */
const batchRows = 500

/** By stream() of a pool over shards, by one cursor of any other. */
export async function streamAll({pool}: Opened, rows: number): Promise<Streamed> {
  const text = manyRows(rows)
  const startMs = performance.now()
  let firstRowMs = Number.NaN
  let seen = 0
  let last = -1
  const see = ({user_id, id}: Row): void => {
    if (seen++ === 0) firstRowMs = performance.now() - startMs
    const place = Number(user_id) * 1_000 + Number(id)
    if (place <= last) throw new Error(`row ${seen} is out of order`)
    last = place
  }
  if (pool instanceof ShardedPool) for await (const row of pool.stream<Row & Record<string, unknown>>(text)) see(row)
  else await byCursor(pool, text, see)
  if (seen !== rows) throw new Error(`${seen} rows came, not ${rows}`)
  return {rows, rowsPerSecond: (rows * 1_000) / (performance.now() - startMs), firstRowMs}
}

async function byCursor(pool: Pool, text: string, see: (row: Row) => void): Promise<void> {
  const client = await pool.connect()
  try {
    const cursor = client.query(new Cursor<Row>(text))
    for (let rows = await cursor.read(batchRows); rows.length > 0; rows = await cursor.read(batchRows))
      for (const row of rows) see(row)
    await cursor.close()
  } finally {
    client.release()
  }
}
