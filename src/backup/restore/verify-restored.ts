// Is a restored cluster sound? Invariant: every question goes to the server that was restored, not to what the restore
// was made of; each answer is a check with what was seen.
// Not here: whether it holds the right rows (src/measure judges that from the history), the stored backup
// (verify-backup.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster, ExecResult} from '../../model/ports.ts'
import type {Check} from '../../model/verdict.ts'
import {psqlWords} from '../ask-node.ts'

const withinMs = 3_600_000
const roles = [
  'hl_app',
  'hl_backup',
  'hl_migrations',
  'hl_monitoring',
  'hl_readonly',
  'postgres',
  'replicator',
  'rewind',
]

/** Every check by the name that reports use; `primary` is the restored cluster's. */
export async function verifyRestored(cluster: Cluster, primary: string): Promise<readonly Check[]> {
  return verifyServer(async argv => cluster.exec(primary, argv, {user: 'postgres', timeoutMs: withinMs}))
}

/** The same of any server that was restored and takes writes: `exec` runs a program beside it, as the user postgres. */
export async function verifyServer(exec: Exec): Promise<readonly Check[]> {
  return [
    await indexes(exec),
    await readable(exec),
    await checksums(exec),
    ...(await sequences(exec)),
    await rolesThere(exec),
    await timelines(exec),
  ]
}

export type Exec = (argv: readonly string[]) => Promise<ExecResult>

/** Every heap row has its entry in every index, and every page is what its checksum says. */
async function indexes(exec: Exec): Promise<Check> {
  const {exitCode, stdout, stderr} = await exec([
    'pg_amcheck',
    '--database=hl',
    '--install-missing',
    '--heapallindexed',
    '--parent-check',
    '--jobs=2',
  ])
  return check(
    'amcheck',
    exitCode === 0,
    exitCode === 0 ? 'pg_amcheck with heapallindexed and parent-check found nothing' : said(stdout, stderr),
  )
}

async function readable(exec: Exec): Promise<Check> {
  const {exitCode, stderr} = await exec(['sh', '-c', 'pg_dump -d hl >/dev/null'])
  return check('dump-readable', exitCode === 0, exitCode === 0 ? 'every row could be dumped' : said(stderr))
}

/** Asked after everything was read. */
async function checksums(exec: Exec): Promise<Check> {
  const [on = '', failures = ''] = (
    await sql(
      exec,
      `SELECT current_setting('data_checksums') || '|' || coalesce(sum(checksum_failures), 0) FROM pg_stat_database`,
    )
  ).split('|')
  return check(
    'checksums',
    on === 'on' && failures === '0',
    on === 'on' ? `${failures} pages failed their checksum` : 'data checksums are off',
  )
}

/** A sequence behind its column gives out a number twice. No check where there is none: nothing was looked at. */
async function sequences(exec: Exec): Promise<readonly Check[]> {
  const owned = await sql(
    exec,
    `SELECT format('SELECT %L, coalesce(max(%I), 0) <= (SELECT last_value FROM %s) FROM %s', s.oid::regclass, a.attname, s.oid::regclass, d.refobjid::regclass)
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S'`,
  )
  const queries = owned.split('\n').filter(line => line !== '')
  if (queries.length === 0) return []
  const answers = (await sql(exec, queries.join(' UNION ALL '))).split('\n')
  const behind = answers.filter(line => line.endsWith('|f')).map(line => line.slice(0, -2))
  return [
    check(
      'sequences',
      behind.length === 0,
      behind.length === 0
        ? `${queries.length} sequences are not behind their columns`
        : `behind their columns: ${behind.join(', ')}`,
    ),
  ]
}

async function rolesThere(exec: Exec): Promise<Check> {
  const there = (await sql(exec, 'SELECT rolname FROM pg_roles')).split('\n')
  const missing = roles.filter(role => !there.includes(role))
  return check(
    'roles',
    missing.length === 0,
    missing.length === 0 ? `${roles.length} roles are there` : `missing: ${missing.join(', ')}`,
  )
}

/** A restore that did not open a timeline of its own would archive over its original's WAL. */
async function timelines(exec: Exec): Promise<Check> {
  const text = await sql(exec, `SELECT pg_walfile_name(pg_current_wal_lsn())`)
  const timeline = Number.parseInt(text.slice(0, 8), 16)
  return check('own-timeline', timeline > 1, `the restored cluster is on timeline ${timeline}`)
}

async function sql(exec: Exec, text: string): Promise<string> {
  const {exitCode, stdout, stderr} = await exec(psqlWords('hl', text))
  // A question without an answer must not pass for one with nothing to say.
  if (exitCode !== 0)
    throw new HlError('RESTORE_FAILED', `the restored cluster does not answer: ${stderr.trim().slice(0, 300)}`, {
      next: [hint('status'), hint('logs', {args: ['pg1']})],
    })
  return stdout.trim()
}

function check(name: string, passed: boolean, detail: string): Check {
  return {name, verdict: passed ? 'pass' : 'fail', detail}
}

function said(...texts: readonly string[]): string {
  return texts.join('\n').trim().split('\n').slice(0, 5).join(' / ').slice(0, 600)
}
