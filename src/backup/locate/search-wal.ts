// Finds the bad transaction in the restore container: which files the table had, from the restored base itself, then
// what happened to them, from the archived WAL.
// Invariant: it only looks; the copy of the base is brought to its consistent point, read and stopped again, and the
// recovery goes on from there afterwards.
// Not here: reading lines and choosing (the pure files beside this one).
import {hint} from '../../model/command-hint.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {physicalBackups} from '../catalog/physical-backups.ts'
import {lastWords, runOnNode, type NodeTask} from '../run-on-node.ts'
import {restoreCommand, type Lineage} from '../wal/timeline-history.ts'
import {chooseOffending, type Choice} from './choose-offending.ts'
import {changeCounter, rankOffending} from './count-changes.ts'
import {searchDrop} from './find-drop.ts'
import {matchStatements, windowOf} from './match-statement.ts'
import {parseWalLine, type WalLine} from './parse-waldump.ts'
import {relationOfPath} from './relation-name.ts'

/** What a person knows of the damage. `logs`: of every node that may have run the statement. */
export type Damage =
  | {readonly kind: 'drop'; readonly table: string}
  | {readonly kind: 'statement'; readonly pattern: RegExp; readonly logs: readonly string[]}

export interface SearchRange {
  readonly listing: ArchiveListing
  /** Where the data is consistent, or before: WAL is searched from there on. */
  readonly from: {readonly timeline: number; readonly lsn: Lsn}
  /** The timelines to search along, and where their WAL ends in the archive. */
  readonly lineage: Lineage
  readonly endLsn: Lsn
}

/** Behind a base. TARGET_UNREACHABLE for a logical one. */
export function endOf(base: BackupRecord): SearchRange['from'] {
  const [physical] = physicalBackups([base])
  if (physical === undefined)
    throw new HlError('TARGET_UNREACHABLE', `backup ${base.id} is logical: no WAL leads from it`, {
      next: [hint('backups list')],
    })
  return {timeline: physical.timeline, lsn: physical.stopLsn}
}

const withinMs = 3_600_000
const dumped = '/tmp/waldump.txt'
const pieceBytes = 16 * 1_024 * 1_024
/** Clocks and the order of log and commit: the statement is logged before it runs. */
const marginMs = 1_000
const task: NodeTask = {next: [hint('backups verify'), 'give the target yourself: --to, --to-lsn or --to-xid']}

interface Watched {
  readonly files: ReadonlySet<string>
  readonly oids: ReadonlySet<string>
}

/**
 * The data directory holds a copied base; afterwards it is stopped at its consistent point. Errors: RESTORE_FAILED,
 * TARGET_UNREACHABLE when the table is not in the base.
 */
export async function searchWal(node: RestoreNode, damage: Damage, range: SearchRange): Promise<Choice> {
  const watched = await watchedFiles(node, damage, range)
  const drops = searchDrop(watched.files, watched.oids)
  const rows = changeCounter(watched.files)
  await readWal(node, range, damage.kind === 'statement', line => {
    drops.take(line)
    rows.take(line)
  })
  if (damage.kind === 'drop') return chooseOffending({drops: drops.result().candidates, ranked: [], window: null})
  const matches = damage.logs.flatMap(log => matchStatements(log.split('\n'), damage.pattern, 'mod').matches)
  const window = windowOf(matches, marginMs)
  if (window === null) return {kind: 'not-found', searched: `no logged statement matches ${String(damage.pattern)}`}
  return chooseOffending({drops: [], ranked: rankOffending(rows.result(), {kind: 'any'}), window})
}

async function watchedFiles(
  node: RestoreNode,
  damage: Damage,
  {listing, from, lineage}: SearchRange,
): Promise<Watched> {
  await runOnNode(
    node,
    'starting the data to look for the table',
    [
      'recovery',
      'start',
      `restore_command=${restoreCommand(`/archive/${listing.systemIdentifier}`, lineage, listing.segmentBytes)}`,
      `recovery_target_timeline=${lineage.at(-1)?.timeline ?? 'latest'}`,
      'recovery_target=immediate',
      'recovery_target_action=pause',
    ],
    task,
  )
  await runOnNode(node, 'bringing the data to where it is consistent', ['recovery', 'wait'], task)
  const rows = (
    await runOnNode(
      node,
      'looking for the files of the table',
      [
        'psql',
        '-X',
        '-q',
        '-A',
        '-t',
        '-d',
        'hl',
        '-v',
        `name=${damage.kind === 'drop' ? damage.table : ''}`,
        '-f',
        '-',
      ],
      {...task, stdin: damage.kind === 'drop' ? filesOfTable : filesOfAll},
    )
  )
    .split('\n')
    .filter(line => line !== '')
  await runOnNode(node, 'stopping the data that was looked at', ['recovery', 'stop'], task)
  if (rows.length === 0) {
    throw new HlError(
      'TARGET_UNREACHABLE',
      `there is no table${damage.kind === 'drop' ? ` ${damage.table}` : ''} where the search begins, at ${formatLsn(from.lsn)}`,
      {next: ['write it as schema.table', 'an older backup may have it: --backup <id>', hint('backups list')]},
    )
  }
  const pairs = rows.map(row => row.split('|'))
  return {
    files: new Set(pairs.flatMap(([path = '']) => relationOfPath(path) ?? [])),
    oids: new Set(pairs.map(([, oid = '']) => oid)),
  }
}

/** The table, and its partitions. */
const filesOfTable = `SELECT pg_relation_filepath(c.oid), d.oid || '/' || c.oid FROM pg_class c, pg_database d
  WHERE d.datname = current_database() AND c.oid IN (SELECT to_regclass(:'name') UNION SELECT relid FROM pg_partition_tree(to_regclass(:'name')));`
/** Every table that is not the system's. */
const filesOfAll = `SELECT pg_relation_filepath(c.oid), d.oid || '/' || c.oid FROM pg_class c, pg_database d
  WHERE d.datname = current_database() AND c.relkind = 'r' AND c.oid >= 16384;`

/**
 * Hands on the lines of every timeline on the way, in order, a piece at a time: a gigabyte of WAL is more text than one
 * string holds. A segment that was never completed is given the name that pg_waldump looks for; a encrypted one is
 * opened, and in an encrypted archive, as wal-get has it, nothing else is taken.
 */
async function readWal(
  node: RestoreNode,
  {listing, from, lineage, endLsn}: SearchRange,
  withRows: boolean,
  take: (line: WalLine) => void,
): Promise<void> {
  const wal = `/archive/${listing.systemIdentifier}/wal`
  await runOnNode(
    node,
    'opening the WAL',
    [
      'sh',
      '-euc',
      `mkdir -p /tmp/wal; cd /tmp/wal; for file in ${wal}/*; do name=$(basename "$file" .partial); [ -e "$name" ] && [ "$file" != "${wal}/$name" ] || if [ -f "${wal}/.$(basename "$file").seal" ]; then decrypt file "$file" "$name"; elif [ -d /run/hl-identity ]; then echo "$name is not encrypted, and this archive is encrypted" >&2; exit 1; else ln -sf "$file" "$name"; fi; done`,
    ],
    task,
  )
  for (const part of lineage.filter(({timeline: number}) => number >= from.timeline)) {
    const start = formatLsn(part.timeline === from.timeline ? from.lsn : part.fromLsn)
    const end = formatLsn(part.toLsn ?? endLsn)
    const dump = [
      'env',
      'TZ=UTC',
      'pg_waldump',
      '-p',
      '/tmp/wal',
      '-t',
      String(part.timeline),
      '--rmgr=Transaction',
      '--rmgr=Storage',
      ...(withRows ? ['--rmgr=Heap', '--rmgr=Heap2'] : []),
      `--start=${start}`,
      `--end=${end}`,
    ]
    const {exitCode, stderr} = await node.exec(['sh', '-c', `exec "$@" >${dumped}`, 'sh', ...dump], {
      user: 'postgres',
      timeoutMs: withinMs,
    })
    // Only the newest WAL may end before the end of its file: elsewhere half of it would be taken for all of it.
    if (exitCode !== 0 && part.toLsn !== null)
      throw new HlError(
        'RESTORE_FAILED',
        `the WAL of timeline ${part.timeline} cannot be read to its end: ${lastWords(stderr)}`,
        task,
      )
    for await (const text of linesOf(node)) {
      const line = parseWalLine(text)
      if (line !== null) take(line)
    }
  }
}

/** Of what was dumped. */
async function* linesOf(node: RestoreNode): AsyncGenerator<string> {
  let rest = ''
  for (let index = 0; ; index++) {
    const piece = await node.exec(
      ['dd', `if=${dumped}`, `bs=${pieceBytes}`, `skip=${index}`, 'count=1', 'status=none'],
      {user: 'postgres', timeoutMs: withinMs},
    )
    if (piece.exitCode !== 0)
      throw new HlError('RESTORE_FAILED', `reading what pg_waldump printed failed: ${lastWords(piece.stderr)}`, task)
    if (piece.stdout === '') break
    const lines = (rest + piece.stdout).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}
