// Finds the bad transaction in the restore container: which files the table had, from the restored base itself, then what happened to them, from the archived WAL.
// Invariant: it only looks; the copy of the base is brought to its consistent point, read and stopped again, and the recovery goes on from there afterwards.
// Not here: reading lines and choosing (the pure files beside this one).
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {restoreCommand, type Lineage} from '../wal/timeline-history.ts'
import {chooseCulprit, type Choice} from './choose-culprit.ts'
import {changeCounter, rankCulprits} from './count-changes.ts'
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
  /** The newest of the chain that was restored. */
  readonly backup: BackupRecord
  /** The timelines to search along, and where their WAL ends in the archive. */
  readonly way: Lineage
  readonly endLsn: Lsn
}

const withinMs = 3_600_000
const dumped = '/tmp/waldump.txt'
const pieceBytes = 16 * 1_024 * 1_024
/** Clocks and the order of log and commit: the statement is logged before it runs. */
const marginMs = 1_000

interface Watched {
  readonly files: ReadonlySet<string>
  readonly oids: ReadonlySet<string>
}

/** The data directory holds a copied base; afterwards it is stopped at its consistent point. Errors: RESTORE_FAILED, TARGET_UNREACHABLE when the table is not in the base. */
export async function searchWal(node: RestoreNode, damage: Damage, range: SearchRange): Promise<Choice> {
  const watched = await watchedFiles(node, damage, range)
  const drops = searchDrop(watched.files, watched.oids)
  const rows = changeCounter(watched.files)
  await readWal(node, range, damage.kind === 'statement', line => {
    drops.take(line)
    rows.take(line)
  })
  if (damage.kind === 'drop') return chooseCulprit({drops: drops.result().candidates, ranked: [], window: null})
  const matches = damage.logs.flatMap(log => matchStatements(log.split('\n'), damage.pattern, 'mod').matches)
  const window = windowOf(matches, marginMs)
  if (window === null) return {kind: 'not-found', searched: `no logged statement matches ${String(damage.pattern)}`}
  return chooseCulprit({drops: [], ranked: rankCulprits(rows.result(), {kind: 'any'}), window})
}

async function watchedFiles(node: RestoreNode, damage: Damage, {listing, way}: SearchRange): Promise<Watched> {
  await exec(node, ['recovery', 'start', `restore_command=${restoreCommand(`/archive/${listing.systemIdentifier}`, way, listing.segmentBytes)}`, `recovery_target_timeline=${way.at(-1)?.timeline ?? 'latest'}`, 'recovery_target=immediate', 'recovery_target_action=pause'])
  await exec(node, ['recovery', 'wait'])
  const rows = (await exec(node, ['psql', '-X', '-q', '-A', '-t', '-d', 'hl', '-v', `name=${damage.kind === 'drop' ? damage.table : ''}`, '-f', '-'], damage.kind === 'drop' ? filesOfTable : filesOfAll)).split('\n').filter(line => line !== '')
  await exec(node, ['recovery', 'stop'])
  if (rows.length === 0) {
    throw new HlError('TARGET_UNREACHABLE', damage.kind === 'drop' ? `there is no table ${damage.table} in the backup` : 'there is no table in the backup', {next: ['write it as schema.table', 'an older backup may have it: --backup <id>; hl backups list']})
  }
  const pairs = rows.map(row => row.split('|'))
  return {files: new Set(pairs.flatMap(([path = '']) => relationOfPath(path) ?? [])), oids: new Set(pairs.map(([, oid = '']) => oid))}
}

/** The table, and its partitions. */
const filesOfTable = `SELECT pg_relation_filepath(c.oid), d.oid || '/' || c.oid FROM pg_class c, pg_database d
  WHERE d.datname = current_database() AND c.oid IN (SELECT to_regclass(:'name') UNION SELECT relid FROM pg_partition_tree(to_regclass(:'name')));`
/** Every table that is not the system's. */
const filesOfAll = `SELECT pg_relation_filepath(c.oid), d.oid || '/' || c.oid FROM pg_class c, pg_database d
  WHERE d.datname = current_database() AND c.relkind = 'r' AND c.oid >= 16384;`

/** Hands on the lines of every timeline on the way, in order, a piece at a time: a gigabyte of WAL is more text than one string holds. A segment that was never completed is given the name that pg_waldump looks for; a sealed one is opened, and in an encrypted archive, as wal-get has it, nothing else is taken. */
async function readWal(node: RestoreNode, {listing, backup, way, endLsn}: SearchRange, withRows: boolean, take: (line: WalLine) => void): Promise<void> {
  const startLsn = backup.stopLsn
  if (startLsn === null || backup.timeline === null) throw new HlError('TARGET_UNREACHABLE', `backup ${backup.id} is logical: no WAL leads from it`, {next: ['hl backups list']})
  const wal = `/archive/${listing.systemIdentifier}/wal`
  await exec(node, ['sh', '-euc', `mkdir -p /tmp/wal; cd /tmp/wal; for file in ${wal}/*; do name=$(basename "$file" .partial); [ -e "$name" ] && [ "$file" != "${wal}/$name" ] || if [ -f "${wal}/.$(basename "$file").seal" ]; then unseal file "$file" "$name"; elif [ -d /run/hl-identity ]; then echo "$name is not sealed, and this archive is encrypted" >&2; exit 1; else ln -sf "$file" "$name"; fi; done`])
  for (const part of way.filter(({timeline: number}) => number >= (backup.timeline ?? 0))) {
    const from = part.timeline === backup.timeline ? startLsn : formatLsn(part.fromLsn)
    const to = formatLsn(part.toLsn ?? endLsn)
    const dump = ['env', 'TZ=UTC', 'pg_waldump', '-p', '/tmp/wal', '-t', String(part.timeline), '--rmgr=Transaction', '--rmgr=Storage', ...(withRows ? ['--rmgr=Heap', '--rmgr=Heap2'] : []), `--start=${from}`, `--end=${to}`]
    const {exitCode, stderr} = await node.exec(['sh', '-c', `exec "$@" >${dumped}`, 'sh', ...dump], {user: 'postgres', timeoutMs: withinMs})
    // Only the newest WAL may end before the end of its file: elsewhere half of it would be taken for all of it.
    if (exitCode !== 0 && part.toLsn !== null) throw new HlError('RESTORE_FAILED', `the WAL of timeline ${part.timeline} cannot be read to its end: ${stderr.trim().slice(0, 300)}`, {next: ['hl backups verify', 'give the target yourself: --to, --to-lsn or --to-xid']})
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
    const piece = await node.exec(['dd', `if=${dumped}`, `bs=${pieceBytes}`, `skip=${index}`, 'count=1', 'status=none'], {user: 'postgres', timeoutMs: withinMs})
    if (piece.exitCode !== 0) throw new HlError('RESTORE_FAILED', `what pg_waldump printed cannot be read: ${piece.stderr.trim()}`, {next: ['give the target yourself: --to, --to-lsn or --to-xid']})
    if (piece.stdout === '') break
    const lines = (rest + piece.stdout).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}

async function exec(node: RestoreNode, argv: readonly string[], stdin?: string): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(argv, {user: 'postgres', timeoutMs: withinMs, ...(stdin === undefined ? {} : {stdin})})
  if (exitCode === 0) return stdout.trim()
  throw new HlError('RESTORE_FAILED', `looking for the bad statement failed: ${stderr.trim().split('\n').slice(-4).join(' / ')}`, {next: ['hl backups verify', 'give the target yourself: --to, --to-lsn or --to-xid']})
}
