// Records with a backup what the tables hold, on a standby whose replay is paused until a snapshot is taken: at a
// position, not at a time. Invariants: replay goes on again whatever happens (the script in the node sees to it even
// when hl is gone, and hl asks again); a snapshot that was taken while replay moved is none. Not here: the questions
// (content-sql.ts).
import {hint} from '../../model/command-hint.ts'
import type {BackupContent, BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn} from '../../model/lsn.ts'
import type {Clock, Cluster} from '../../model/ports.ts'
import type {ClusterState} from '../../model/topology.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {psqlOn} from '../ask-node.ts'
import {streamingStandbys} from '../choose-source.ts'
import {updateRecord} from '../catalog/write-record.ts'
import {endingSessions} from '../end-sessions.ts'
import {contentSql, hasMoved, parseContent} from './content-sql.ts'

/** The longest that the tables may take to be read. Replay goes on meanwhile. */
const readS = 1_800
/**
 * How often a snapshot is tried: Patroni 4.0 resumes a replay that it finds paused, once per loop_wait
 * (handle_parameter_change), and may hit the moment in which it is taken.
 */
const attempts = 5
/** For the standby to come to the end of the backup, and to pause. */
const settleS = 60
const resumeMs = 30_000
/**
 * The script's exit code when it has paused nothing: where replay stands still a person paused it, and that is not ours
 * to resume.
 */
const pausedNothing = 75
const applicationName = 'hl_content'

/**
 * PURE: the standby that the backup came from where it streams, else another, the synchronous one last. LAB_UNHEALTHY
 * where none streams: a primary cannot stand still.
 */
export function chooseContentNode(state: ClusterState, from: string | null): string {
  const streaming = streamingStandbys(state)
  const node = streaming.find(name => name === from) ?? streaming[0]
  if (node !== undefined) return node
  throw new HlError(
    'LAB_UNHEALTHY',
    'the content of a backup is recorded on a standby whose replay is paused, and none streams',
    {next: [hint('status'), hint('backups create', {why: 'takes a backup without its content'})]},
  )
}

/**
 * Names, counts and hashes of rows would lie beside what is encrypted, for anybody to try out. CONFIG_INVALID in an
 * encrypted archive.
 */
export function requireContentAllowed({lab, encrypted}: Pick<Cluster, 'lab' | 'encrypted'>): void {
  if (encrypted)
    throw new HlError(
      'CONFIG_INVALID',
      `the archive of lab ${lab} is encrypted, and the content of a backup would be recorded in it in plain`,
      {next: ['leave out --content', hint('backups verify', {args: ['latest'], flags: {restore: true}})]},
    )
}

/**
 * Adds the content to a backup that is in the catalog. Errors: LAB_UNHEALTHY, BACKUP_FAILED; the backup stays as it was
 * then.
 */
export async function recordContent(
  cluster: Cluster,
  clock: Clock,
  record: BackupRecord,
  signal?: AbortSignal,
): Promise<BackupRecord> {
  const {stopLsn} = record
  if (stopLsn === null)
    throw new HlError('USAGE', 'a logical backup belongs to no position in the WAL, so its content is not recorded', {
      next: [hint('backups create', {flags: {content: true}}), hint('backups create', {flags: {kind: 'logical'}})],
    })
  requireContentAllowed(cluster)
  const node = chooseContentNode(await cluster.state(), record.node)
  signal?.throwIfAborted()
  const pause = {isOurs: true}
  try {
    const content = await endingSessions(
      cluster,
      clock,
      {node, whose: `application_name = '${applicationName}'`, signal},
      async () =>
        read(cluster, clock, node, stopLsn, () => {
          pause.isOurs = false
        }),
    )
    signal?.throwIfAborted()
    const updated = {...record, content}
    await updateRecord(cluster, updated)
    return updated
  } finally {
    if (pause.isOurs) await resume(cluster, clock, node)
  }
}

async function read(
  cluster: Cluster,
  clock: Clock,
  node: string,
  stopLsn: string,
  notOurs: () => void,
): Promise<BackupContent> {
  const failed = (why: string): HlError =>
    new HlError('BACKUP_FAILED', `the backup is there, its content could not be recorded on ${node}: ${why}`, {
      next: [
        hint('logs', {args: [node], lab: cluster.lab}),
        hint('backups create', {flags: {content: true}}),
        hint('status'),
      ],
    })
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const {exitCode, stdout, stderr} = await cluster.exec(node, ['bash', '-uc', script, 'hl', stopLsn], {
      user: 'postgres',
      stdin: contentSql('resume'),
      timeoutMs: (readS + 3 * settleS) * 1_000,
    })
    if (exitCode === pausedNothing) notOurs()
    if (exitCode !== 0 && stderr.includes('lock timeout'))
      throw failed('a transaction has a table locked as a whole; run it again when that has ended')
    if (exitCode !== 0) throw failed(stderr.trim().split('\n').slice(-4).join(' / '))
    if (hasMoved(stdout)) continue
    const {lsn, ...seen} = parseContent(stdout)
    if (lsn < (parseLsn(stopLsn) ?? 0n))
      throw failed(`it stands at ${formatLsn(lsn)}, before the end of the backup at ${stopLsn}`)
    return {...seen, lsn: formatLsn(lsn), at: clock.wallTime(), node}
  }
  throw failed(
    `its replay went on while a snapshot was taken, ${attempts} times in a row: somebody resumes it, or it was ` +
      'promoted',
  )
}

/**
 * In the node, so that replay goes on there even when nobody waits for it any more. The argument: the position that
 * must have been replayed before.
 */
const script = `
ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d hl -c "$1"; }
code=${pausedNothing}
trap 'exit $code' TERM INT HUP
until_true() { local end=$((SECONDS + ${settleS})); until [ "$(ask "SELECT $1")" = t ]; do [ $SECONDS -lt $end ] || { echo "waited ${settleS} s for $2" >&2; exit $code; }; sleep 0.1; done; }
not_paused() { local state; state=$(ask "SELECT pg_get_wal_replay_pause_state()") || exit $code; [ "$state" = 'not paused' ] || { echo 'its replay is paused already, by somebody else' >&2; exit $code; }; }
resume() { trap - EXIT; ask "SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery()" >/dev/null; }
not_paused
until_true "pg_last_wal_replay_lsn() >= '$1'" "the replay of the backup's end at $1"
# Again, since waiting may have taken long: from here on it is this script that paused it, and that resumes it.
not_paused
code=1
trap resume EXIT
ask "SELECT pg_wal_replay_pause()" >/dev/null || exit 1
until_true "pg_get_wal_replay_pause_state() = 'paused'" "replay to pause"
PGAPPNAME=${applicationName} timeout -k 5 ${readS} psql -X -q -A -t -v ON_ERROR_STOP=1 -d hl -f - || { echo "reading the tables failed or took longer than ${readS} s" >&2; exit 1; }
`

/**
 * Once more from here: whatever ended the script, replay must not stand still. LAB_UNHEALTHY with what a person does
 * when it does.
 */
async function resume(cluster: Cluster, clock: Clock, node: string): Promise<void> {
  await awaitUntil(
    async () => {
      const seen = await psqlOn(cluster, node, [
        `SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery() AND pg_get_wal_replay_pause_state() <> 'not paused'`,
        `SELECT CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() ELSE 'not paused' END`,
      ])
      return seen.endsWith('not paused') ? holds(undefined) : notYet(seen.slice(0, 200))
    },
    {
      clock,
      withinMs: resumeMs,
      what: `replay of ${node} to go on`,
      code: 'LAB_UNHEALTHY',
      next: [
        hint('psql', {args: ['SELECT pg_wal_replay_resume()'], flags: {node: node}, lab: cluster.lab}),
        hint('logs', {args: [node], lab: cluster.lab}),
      ],
      tolerant: true,
    },
  )
}
