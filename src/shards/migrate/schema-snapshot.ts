// Reads a database's schema as facts that PostgreSQL deparsed, in one snapshot. Left out: what an extension owns (its
// version is compared), partitions and what was detached from them (each shard has those of its own time; how they are
// made is compared), and the ledger of migrations. Not here: comparing (schema-difference.ts), the SQL
// (snapshot-queries.ts).
import type {MigrationSession} from './migration-session.ts'
import {partmanFacts, schemaObjects, shardingFacts} from './snapshot-queries.ts'
import type {SchemaObject, SchemaSnapshot} from './schema-difference.ts'

type Found = SchemaObject & Record<string, unknown>

export async function readSchema(session: Pick<MigrationSession, 'rows'>): Promise<SchemaSnapshot> {
  await session.rows('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
  try {
    // So that names are deparsed with their schemas.
    await session.rows(`SET LOCAL search_path = ''`)
    const [there] = await session.rows<{partman: string | null; sharding: boolean}>(
      `SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_partman') AS partman,
              to_regclass('hl_shards.sharded_table') IS NOT NULL AS sharding`,
    )
    const partman = there?.partman ?? null
    const partitioning = partman === null ? [] : await session.rows<Found>(partmanFacts(partman))
    const archives = partitioning.flatMap(({facts}) => facts['retention_schema'] ?? [])
    return [
      ...(await session.rows<Found>(schemaObjects, [archives])),
      ...partitioning,
      ...(there?.sharding === true ? await session.rows<Found>(shardingFacts) : []),
    ]
  } finally {
    // A session that was cut has no transaction any more.
    await session.rows('ROLLBACK').catch(() => undefined)
  }
}
