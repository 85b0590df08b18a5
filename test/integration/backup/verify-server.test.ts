// What the verifier says of real servers: data that is sound, however odd, passes; what was broken by hand is found.
// The servers are copies by pg_basebackup that were promoted, as restored ones are. Not here: restoring from an archive
// (test/e2e).
import fc from 'fast-check'
import pg from 'pg'
import {beforeEach, describe, expect, it} from 'vitest'
import {compareContent} from '../../../src/backup/content/compare-content.ts'
import {contentSql, parseContent, type SeenContent} from '../../../src/backup/content/content-sql.ts'
import {verifyServer} from '../../../src/backup/restore/verify-restored.ts'
import {docker} from '../../../src/lab/docker/local-docker.ts'
import type {Check} from '../../../src/model/verdict.ts'
import {byDay} from '../../suite/at-night.ts'
import {ownName} from '../../suite/run-name.ts'
import {useServers} from '../router/servers.ts'
import {madeOf, oddDatabases, type OddDatabase} from './odd-databases.ts'

const lab = 'it-verify'
const servers = useServers(lab, {standbys: 1})
const {primary} = servers
const [copy = primary] = servers.standbys
/** Servers of tests are made without checksums and without the roles of a lab. */
const notHere = ['checksums', 'roles']

const on = async (node: typeof primary, argv: readonly string[], stdin?: string) =>
  docker.exec(`hl-${ownName(lab)}-${node.name}-1`, argv, {
    user: 'postgres',
    timeoutMs: 60_000,
    ...(stdin === undefined ? {} : {stdin}),
  })
const inDatabase = async (node: typeof primary, database: string, sql: string): Promise<string> => {
  const {exitCode, stdout, stderr} = await on(
    node,
    [
      'env',
      'PGOPTIONS=-c event_triggers=off',
      'psql',
      '-XqAt',
      '-v',
      'ON_ERROR_STOP=1',
      '-d',
      `dbname='${database}'`,
      '-f',
      '-',
    ],
    sql,
  )
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.trim()
}
/** A copy of what the primary holds now, on a timeline of its own. */
async function copied(): Promise<void> {
  const [row] = await servers.sql<{on: boolean}>(copy, 'SELECT pg_is_in_recovery() AS on')
  if (row?.on === true) await servers.promote(copy)
  await servers.follow(copy, primary)
  await servers.promote(copy)
}
const verify = async (): Promise<readonly Check[]> =>
  (await verifyServer(async argv => on(copy, argv))).filter(({name}) => !notHere.includes(name))
const bad = (checks: readonly Check[]): readonly Check[] => checks.filter(({verdict}) => verdict !== 'pass')
const content = async (node: typeof primary): Promise<SeenContent> =>
  parseContent(await inDatabase(node, 'shop', contentSql('stay')))

beforeEach(async () => {
  for (const {datname} of await servers.sql<{datname: string}>(
    primary,
    `SELECT datname FROM pg_database WHERE datname NOT IN ('shop', 'postgres') AND NOT datistemplate`,
  ))
    await servers.sql(primary, `DROP DATABASE ${pg.escapeIdentifier(datname)} WITH (FORCE)`)
})

describe('a copy of sound data', () => {
  const seed = Number(process.env['HL_SEED'] ?? 7)
  it.each(fc.sample(oddDatabases, {seed, numRuns: byDay(1, 10)}))(
    'is sound, whatever it is: %j',
    async (odd: OddDatabase) => {
      const latin = `TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'`
      for (const [name, options] of [
        ['Odd =\'"\\ db', ''],
        ['latin', latin],
        ['icu', `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn'`],
      ] as const) {
        await servers.sql(primary, `CREATE DATABASE ${pg.escapeIdentifier(name)} ${options}`)
        const database = name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
        if (name !== 'latin') await inDatabase(primary, database, madeOf(odd))
        await inDatabase(
          primary,
          database,
          [
            `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'`,
            'CREATE EVENT TRIGGER at_ddl ON ddl_command_start EXECUTE FUNCTION refuse()',
            'CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION refuse()',
            'ALTER EVENT TRIGGER at_login ENABLE ALWAYS',
            'ALTER EVENT TRIGGER at_ddl ENABLE ALWAYS',
            `ALTER DATABASE ${pg.escapeIdentifier(name)} CONNECTION LIMIT 0`,
            ...odd.settings.map(setting => `ALTER DATABASE ${pg.escapeIdentifier(name)} SET ${setting}`),
          ].join(';\n'),
        )
      }
      await copied()
      const checks = await verify()
      expect(bad(checks)).toEqual([])
      expect(checks.map(({name}) => name)).toEqual(expect.arrayContaining(['amcheck', 'dump-readable', 'own-timeline']))
      const left = `SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'amcheck') + (SELECT count(*) FROM pg_proc WHERE prosrc LIKE '%verify_heapam%' OR prosrc LIKE 'bt_index%')`
      expect(await inDatabase(copy, 'shop', left)).toBe('0')
    },
  )
})

describe('what cannot be looked at', () => {
  it('is unknown, with its reason, and does not hold anybody up', async () => {
    await servers.sql(primary, 'CREATE DATABASE shut')
    await servers.sql(primary, 'ALTER DATABASE shut ALLOW_CONNECTIONS false')
    await inDatabase(
      primary,
      'shop',
      `CREATE TABLE held (id serial PRIMARY KEY); INSERT INTO held SELECT FROM generate_series(1, 9);
       CREATE TABLE gone (id serial PRIMARY KEY);
       BEGIN; INSERT INTO held DEFAULT VALUES; PREPARE TRANSACTION 'weak';
       BEGIN; TRUNCATE gone; PREPARE TRANSACTION 'strong'`,
    )
    try {
      await copied()
      const checks = await verify()
      expect(checks).toContainEqual({
        name: 'prepared-transactions',
        verdict: 'pass',
        detail: expect.stringMatching(/'weak' in database shop.*'strong'/) as string,
      })
      expect(bad(checks).map(({name, verdict}) => [name, verdict])).toEqual([
        ['databases', 'unknown'],
        ['amcheck', 'unknown'],
        ['dump-readable', 'unknown'],
        ['sequences', 'unknown'],
      ])
      const detail = checks.find(({name}) => name === 'amcheck')?.detail ?? ''
      // The weaker lock of the other is got on with.
      expect(detail).toContain(
        `public.gone: canceling statement due to lock timeout; its lock is held by the prepared transaction 'strong'`,
      )
      expect(detail).not.toContain('held_pkey')
    } finally {
      await inDatabase(primary, 'shop', `ROLLBACK PREPARED 'weak'; ROLLBACK PREPARED 'strong'; DROP TABLE held, gone`)
    }
  })
})

describe('what was broken by hand is found', () => {
  const damaged = `CREATE TABLE damaged (id serial PRIMARY KEY, v text); INSERT INTO damaged (v) SELECT repeat('x', 100) FROM generate_series(1, 500) n; CHECKPOINT`
  const fileOf = async (relation: string): Promise<string> =>
    inDatabase(copy, 'shop', `SELECT '/pg/data/' || pg_relation_filepath('${relation}')`)

  beforeEach(async () => {
    await inDatabase(primary, 'shop', `DROP TABLE IF EXISTS damaged; ${damaged}`)
    await copied()
  })

  it('an index that lacks rows', async () => {
    const file = await fileOf('damaged_pkey')
    await servers.stop(copy)
    await on(copy, ['cp', file, '/pg/kept'])
    await servers.start(copy)
    await inDatabase(copy, 'shop', `INSERT INTO damaged (v) SELECT 'new' FROM generate_series(1, 5); CHECKPOINT`)
    await servers.stop(copy)
    await on(copy, ['cp', '/pg/kept', file])
    await servers.start(copy)
    expect(bad(await verify())).toEqual([
      {
        name: 'amcheck',
        verdict: 'fail',
        detail: expect.stringMatching(
          /^shop: public\.damaged_pkey: heap tuple .* lacks matching index tuple/,
        ) as string,
      },
    ])
  })

  it('a page that is none', async () => {
    const file = await fileOf('damaged')
    await servers.stop(copy)
    await on(copy, ['dd', 'if=/dev/urandom', `of=${file}`, 'bs=8192', 'seek=2', 'count=1', 'conv=notrunc'])
    await servers.start(copy)
    expect(bad(await verify()).map(({name, verdict}) => [name, verdict])).toEqual([
      ['amcheck', 'fail'],
      ['dump-readable', 'fail'],
    ])
  })

  it('a sequence behind its column, which it may have been before', async () => {
    await inDatabase(copy, 'shop', `SELECT setval('damaged_id_seq', 7)`)
    expect(bad(await verify())).toEqual([
      {
        name: 'sequences',
        verdict: 'unknown',
        detail: expect.stringContaining('public.damaged_id_seq stands at 7, and public.damaged.id has 500') as string,
      },
    ])
  })

  it('a row that is another one', async () => {
    const recorded = await content(primary)
    expect(bad(compareContent(recorded, await content(copy)))).toEqual([])
    await inDatabase(copy, 'shop', `UPDATE damaged SET v = 'y' WHERE id = 7`)
    expect(bad(compareContent(recorded, await content(copy)))).toEqual([
      {name: 'content', verdict: 'fail', detail: 'public.damaged has 500 rows as recorded, and not the same ones'},
    ])
  })
})
