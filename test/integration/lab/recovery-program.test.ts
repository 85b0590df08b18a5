// What `recovery` leaves of a data directory that it promoted, on data that servers wrote: a server that starts on it
// is not held up by WAL of a timeline that was left. The program is that of compose/images/archive, whatever the image
// holds. Not here: what hl asks of it (test/e2e).
import {join} from 'node:path'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'
import {docker} from '../../e2e/use-lab.ts'
import {ownName} from '../../suite/run-name.ts'

const name = ownName('hl-recovery')
const lifeSeconds = 1_800
const data = '/var/lib/postgresql/data'

const bash = async (script: string): Promise<string> =>
  (await docker('exec', '-u', 'postgres', name, 'bash', '-euc', `export PATH=/programs:$PATH\n${script}`)).trim()

beforeAll(async () => {
  const programs = join(packageRoot(), 'compose', 'images', 'archive')
  const mounts = ['-v', `${programs}:/programs:ro`, '--tmpfs', '/w:mode=777,size=1g']
  const tmpfs = ['--tmpfs', `${data}:mode=777,size=1g`]
  const run = ['run', '-d', '--rm', '--name', name, '--network', 'none', ...mounts, ...tmpfs]
  await docker(...run, '--entrypoint', 'sleep', 'hl-archive:17', String(lifeSeconds))
  await docker('exec', '-u', 'root', name, 'install', '-d', '-o', 'postgres', '-m', '700', data)
  await bash(backupOfStandby)
})
afterAll(async () => docker('rm', '-f', name))

/**
 * A backup of a standby ends within a segment; the standby leaves the timeline within the same one and archives the
 * next timeline, up to a segment behind.
 */
const backupOfStandby = `
cd /w; mkdir wal
initdb -D one -A trust >/dev/null
printf '%s\\n' "unix_socket_directories='/w'" "listen_addresses=''" "archive_command='cp %p /w/wal/%f'" archive_mode=on wal_keep_size=256MB >>one/postgresql.conf
pg_ctl -D one -l one.log -w start >/dev/null
one() { psql -X -q -A -t -h /w -d postgres -c "$1"; }
two() { psql -X -q -A -t -h /w -p 5433 -d postgres -c "$1"; }
caught_up() { until [ "$(two "SELECT pg_last_wal_replay_lsn() >= '$(one 'SELECT pg_current_wal_lsn()')'")" = t ]; do sleep 0.05; done; }
one 'CREATE TABLE t AS SELECT 1 AS n'
pg_basebackup -h /w -D two -c fast
echo "primary_conninfo='host=/w port=5432'" >>two/postgresql.auto.conf; touch two/standby.signal
pg_ctl -D two -l two.log -o '-p 5433' -w start >/dev/null
one CHECKPOINT; caught_up; two CHECKPOINT
pg_basebackup -h /w -p 5433 -D ${data} -c fast
one 'INSERT INTO t VALUES (2)'; caught_up
pg_ctl -D one -m immediate -w stop >/dev/null
pg_ctl -D two -w promote >/dev/null
two 'INSERT INTO t VALUES (3)'; two 'SELECT pg_switch_wal()' >/dev/null
pg_ctl -D two -m fast -w stop >/dev/null
`

it('holds no WAL of a timeline that was left, and the WAL summarizer goes on from there', async () => {
  // The premise: within one segment the backup ends, and its timeline is left.
  const [held = ''] = (await bash(`ls ${data}/pg_wal | grep -E '^0{7}1' | tail -n 1`)).split('\n')
  expect(await bash('ls /w/wal')).toContain(held.replace(/^0{7}1/, '00000002'))
  await bash(`
    recovery start "restore_command=cp /w/wal/%f %p" recovery_target_timeline=latest
    recovery wait >/w/reached
    recovery stop`)
  expect(await bash(`ls ${data}/pg_wal | grep -E '^[0-9A-F]{24}$' | cut -c 1-8 | sort -u`)).toBe('00000003')
  const asked = await bash(`
    pg_ctl -D ${data} -l /w/three.log -w -o '-c summarize_wal=on -c archive_mode=off' start >/dev/null
    psql -X -q -A -t -h /w -d postgres -c 'SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM t' \\
      -c "SET statement_timeout = '30s'" -c 'INSERT INTO t VALUES (4)' -c CHECKPOINT -c 'SELECT pg_switch_wal() IS NULL' -c CHECKPOINT`)
  expect(asked).toBe('1 2 3\nf')
  const summarized = async (): Promise<string> =>
    bash(`psql -X -q -A -t -h /w -d postgres -c 'SELECT DISTINCT tli FROM pg_available_wal_summaries()'`)
  await expect.poll(summarized).toBe('3')
  expect(await bash(`grep -c 'could not read WAL' /w/three.log || true`)).toBe('0')
})
