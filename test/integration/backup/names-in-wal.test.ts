// What bad statements are found to be on the WAL of a real server: tables that were made, renamed or moved after the
// backup, and one whose own transaction made it. And where PostgreSQL promotes a server that it was to pause. The
// programs are those of compose/images/archive, whatever the image holds. Not here: a lab (test/e2e/copy.test.ts).
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {copyStop, readCopy, requireClosed} from '../../../src/backup/copy/copy-server.ts'
import {follow, pauseAt} from '../../../src/backup/copy/make-copy.ts'
import {findStatements} from '../../../src/backup/locate/read-logs.ts'
import type {Damage} from '../../../src/backup/locate/search-wal.ts'
import {planRestore} from '../../../src/backup/restore/plan-restore.ts'
import {restoreData, type RestoreJob} from '../../../src/backup/restore/restore-data.ts'
import {docker as engine} from '../../../src/lab/docker/local-docker.ts'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../../src/model/backup.ts'
import {parseLsn} from '../../../src/model/lsn.ts'
import type {RestoreNode} from '../../../src/model/ports.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {docker} from '../../e2e/use-lab.ts'
import {backupOf} from '../../fakes/fake-backup.ts'
import {ownName} from '../../suite/run-name.ts'

const name = ownName('hl-names')
const lifeSeconds = 1_800
const home = '/var/lib/postgresql'
const clock = monotonicClock()
const path = 'PATH=/programs:/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin'

const bash = async (script: string): Promise<string> =>
  (await docker('exec', '-u', 'postgres', name, 'env', path, 'bash', '-euc', script)).trim()

/** As hl works in a container; passwords are of no matter here. */
const node: RestoreNode = {
  exec: async (argv, options) => engine.exec(name, ['env', path, ...argv], {...options, user: 'postgres'}),
  remove: async () => Promise.resolve(),
}

/** A server with an archive, and how a backup of it is taken. */
const setUp = `
cd /w; initdb -D one -A trust >/dev/null
pg_controldata -D one | sed -n 's/^Database system identifier: *//p' >system
archive=/archive/$(cat system); mkdir -p $archive/wal $archive/backups
printf '%s\\n' "unix_socket_directories='/w'" "listen_addresses=''" "archive_command='cp %p $archive/wal/%f'" archive_mode=on log_statement=mod log_timezone=UTC "log_line_prefix='%m [%p] %q%v %x %u@%d '" log_disconnections=on >>one/postgresql.conf
pg_ctl -D one -l one.log -w start >/dev/null
psql -X -q -h /w -d postgres -c 'CREATE DATABASE hl'
mkdir -m 700 ${home}/data
`
const one = `one() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h /w -d hl "$@"; }`

async function takeBackup(id: string): Promise<BackupRecord> {
  const printed = await bash(`cd /w; folder=/archive/$(cat system)/backups/${id}; mkdir -p $folder
    pg_basebackup -h /w -D $folder/data -c fast -X stream --manifest-checksums=SHA256
    printf '{\\n  "manifestSha256": "%s",\\n}' "$(sha256sum <$folder/data/backup_manifest | cut -d' ' -f1)" >$folder/backup.json
    cat system; tr -d '\\n' <$folder/data/backup_manifest | grep -oE '"Start-LSN": "[0-9A-F/]+", *"End-LSN": "[0-9A-F/]+"'; date -u +%Y-%m-%dT%H:%M:%S.%3NZ`)
  const [systemIdentifier = '', range = '', stoppedAt = ''] = printed.split('\n')
  const [, startLsn = '', stopLsn = ''] = /"Start-LSN": "(.*?)", *"End-LSN": "(.*?)"/.exec(range) ?? []
  return backupOf({id, systemIdentifier, startLsn, stopLsn, startedAt: stoppedAt, stoppedAt})
}

const backups: BackupRecord[] = []
let log = ''
let endLsn = 0n
/** Where the transaction with too many subtransactions is open. */
let whileOpen = ''

/** One after the other, each statement by itself. */
const history = `
create table h.fresh (n int primary key); insert into h.fresh select generate_series(1, 10); drop table h.fresh;
alter table h.named rename to other; drop table h.other;
alter table h.moved set schema away; drop table away.moved;
create schema s1; create table s1.x as select 1 as n; alter schema s1 rename to s2; drop table s2.x;
create table h.emptied as select generate_series(1, 5) as n; truncate h.emptied;
create table h.parts (n int primary key) partition by range (n);
create table h.parts_1 partition of h.parts for values from (0) to (100); insert into h.parts values (1), (2); drop table h.parts;
create table h.twice as select 1 as n; drop table h.twice; create table h.twice as select 2 as n; drop table h.twice;
vacuum full h.kept;
create temp table passing as select 1 as n; drop table passing;
create table h.staging as select 1 as n; drop table h.staging;
drop table h.kept;
create table h.staging as select 1 as n; drop table h.staging;
begin; create table h.own (n int); insert into h.own /* tagged */ select generate_series(1, 7); commit;
`

beforeAll(async () => {
  const programs = join(packageRoot(), 'compose', 'images', 'archive')
  const tmpfs = ['/w', '/archive', home].flatMap(place => ['--tmpfs', `${place}:mode=777,size=1g`])
  const run = ['run', '-d', '--rm', '--name', name, '--network', 'none', '-v', `${programs}:/programs:ro`, ...tmpfs]
  await docker(...run, '--entrypoint', 'sleep', 'hl-archive:17', String(lifeSeconds))
  await docker('exec', '-u', 'root', name, 'chmod', '1777', home)
  await bash(setUp)
  await bash(`${one}
    one -c 'create schema h' -c 'create schema away' -c 'create table h.kept as select generate_series(1, 3) as n' -c 'create table h.named as select generate_series(1, 4) as n' -c 'create table h.moved as select generate_series(1, 6) as n'`)
  backups.push(await takeBackup('first'))
  await bash(`${one}\none -f - <<'SQL'\n${history}SQL`)
  // Open until the next-but-one backup: more than a snapshot of what runs holds.
  await bash(`cd /w; mkfifo many; (psql -X -q -h /w -d hl <many >many.log 2>&1 &) ; exec 7>many
    (while sleep 1; do [ ! -e ended ] || exit; done) >&7 2>/dev/null &
    echo "create table h.lines (n int); begin; do \\$\\$ begin for i in 1..70 loop begin insert into h.lines values (i); exception when division_by_zero then null; end; end loop; end \\$\\$;" >&7
    until [ "$(psql -X -A -t -h /w -d hl -c "select count(*) from pg_stat_activity where state = 'idle in transaction'")" = 1 ]; do sleep 0.1; done`)
  backups.push(await takeBackup('second'))
  whileOpen = await bash(`${one}
    one -c 'create table h.late as select generate_series(1, 8) as n' -c 'select pg_current_wal_lsn()' -c 'drop table h.late'`)
  endLsn =
    parseLsn(
      await bash(`${one}; cd /w
        one -c "select pg_terminate_backend(pid) is null from pg_stat_activity where state = 'idle in transaction'" >/dev/null
        touch ended; one -c 'select pg_switch_wal() is null' >/dev/null; one -c 'select pg_current_wal_lsn()'; pg_ctl -D one -m fast -w stop >/dev/null`),
    ) ?? 0n
  log = await bash('cat /w/one.log')
})
afterAll(async () => docker('rm', '-f', name))
afterEach(async () =>
  bash(`recovery stop 2>/dev/null || :; rm -f ${home}/copy.json; find ${home}/data -mindepth 1 -delete`),
)

async function listing(): Promise<ArchiveListing> {
  const system = backups[0]?.systemIdentifier ?? ''
  const names = (await bash(`ls /archive/${system}/wal | grep -E '^[0-9A-F]{24}$'`)).split('\n')
  return {
    systemIdentifier: system,
    segmentBytes: 16_777_216,
    files: names.map(file => ({name: file, bytes: 16_777_216})),
    histories: new Map(),
    backups,
  }
}

async function jobFor(backup: string, damage: Damage | null, target: RestoreTarget): Promise<RestoreJob> {
  const all = await listing()
  const plan = planRestore(all, target, {backup, timeline: 1, searched: damage !== null})
  return {listing: all, plan, damage, endLsn, end: 'pause', onPhase: () => undefined}
}

const latest: RestoreTarget = {kind: 'latest'}
const restore = async (damage: Damage, backup = 'first') =>
  restoreData(node, clock, await jobFor(backup, damage, latest))
const dropOf = (table: string): Damage => ({kind: 'drop', table})
const ask = async (sql: string): Promise<string> =>
  bash(`PGOPTIONS='-c lock_timeout=10s' psql -X -q -A -t -d hl -c "${sql}"`)
/** Just before a DROP is committed its transaction has the table locked, and only a promotion ends that. */
const promote = async (): Promise<string> => bash('recovery promote')

describe('what took a table away', () => {
  it.each([
    ['made after the backup', 'h.fresh', '10'],
    ['renamed after the backup', 'h.other', '4'],
    ['moved to another schema after the backup', 'away.moved', '6'],
    ['in a schema that was made and renamed after the backup', 's2.x', '1'],
    ['made and emptied after the backup', 'h.emptied', '5'],
    ['partitioned, with a partition, made after the backup', 'h.parts', '2'],
    ['rewritten before, with drops of others around it', 'h.kept', '3'],
  ])('is found of one %s: %s', async (_how, table, rows) => {
    const {offending, isPaused} = await restore(dropOf(table))
    expect([offending?.what.startsWith(table === 'h.emptied' ? 'truncated' : 'dropped'), isPaused]).toEqual([
      true,
      true,
    ])
    await promote()
    expect(await ask(`select count(*) from ${table}`)).toBe(rows)
  })

  it.each([
    ['h.twice', /2 commits took rows away/],
    ['h.named', /dropped what had been h\.named/],
    ['h.never', /there is no table h\.never where the search begins/],
  ])('of %s is refused with its reason', async (table, said) => {
    await expect(restore(dropOf(table))).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringMatching(said) as string,
    })
  })
})

describe('a statement', () => {
  it('on a table that its own transaction made is tied by the log', async () => {
    const pattern = /tagged/
    const {offending} = await restore({kind: 'statement', pattern, found: findStatements([log], pattern)})
    expect(offending?.what).toBe('inserted 7 rows of a table that it made')
    expect(await ask("select to_regclass('h.own') is null, to_regclass('h.kept') is null")).toBe('t|t')
  })
})

describe('more than 64 subtransactions that were open at the backup', () => {
  it('make PostgreSQL promote what it was to pause: a copy says so, holds what it should, and cannot be written', async () => {
    const [lsn = ''] = whileOpen.split('\n')
    const target: RestoreTarget = {kind: 'lsn', lsn: parseLsn(lsn) ?? 0n, inclusive: true}
    const {state} = await pauseAt(node, clock, await jobFor('second', null, target), 'there')
    expect(state).toMatchObject({
      mode: 'ended',
      target: expect.stringContaining('more than 64 subtransactions') as string,
    })
    expect(await ask('select count(*) from h.late')).toBe('8')
    expect(await ask('select pg_is_in_recovery()')).toBe('t')
    await requireClosed(node)
  })

  it('do not hinder the search for a drop, which copies the data again', async () => {
    const {offending, isPaused} = await restore(dropOf('h.late'), 'second')
    expect([offending?.what, isPaused]).toEqual(['dropped h.late', false])
    expect(await ask('select count(*) from h.late')).toBe('8')
  })
})

describe('a copy that follows', () => {
  it('says where it stands still at damage, and goes on when a better file is there', async () => {
    const job = await jobFor('first', null, latest)
    const last = job.listing.files.at(-1)?.name ?? ''
    const file = `/archive/${job.listing.systemIdentifier}/wal/${last}`
    const stop = async (): Promise<string | null> => copyStop(node, await readCopy(node))
    // The first records of the segment.
    await bash(`cp ${file} /w/kept; printf '\\377%.0s' {1..160} | dd of=${file} bs=1 seek=40 conv=notrunc status=none`)
    try {
      await follow(node, clock, job, 1)
      await expect.poll(stop).toContain(`${last} cannot be replayed from offset`)
    } finally {
      await bash(`cp /w/kept ${file}`)
    }
    await expect.poll(stop).toBeNull()
  })
})
