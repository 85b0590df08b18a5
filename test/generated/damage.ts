// PURE: random damage to what lies in an archive, as data. Invariant: each one changes something; what it touches is
// named, so that what does not need it must go on as before. Not here: doing it (test/e2e/generated/damage-archive.ts).
import type {Chance} from './chance.ts'

/** One below the archive of a system. */
export interface StoredFile {
  readonly path: string
  readonly bytes: number
}

/** What is done to one file; the other files stay as they are. */
export type DamageOp =
  | {readonly op: 'flip'; readonly path: string; readonly at: number; readonly bit: number}
  | {readonly op: 'zero'; readonly path: string; readonly at: number; readonly bytes: number}
  | {readonly op: 'noise'; readonly path: string; readonly at: number; readonly bytes: number; readonly seed: number}
  | {readonly op: 'cut'; readonly path: string; readonly to: number}
  | {readonly op: 'lengthen'; readonly path: string; readonly by: number}
  | {readonly op: 'delete'; readonly path: string}
  /** It gets the bytes of another one. */
  | {readonly op: 'copy'; readonly path: string; readonly of: string}
  | {readonly op: 'swap'; readonly path: string; readonly with: string}

export const fileClasses = ['segment', 'sum', 'history', 'record', 'manifest', 'base', 'logical', 'other'] as const
export type FileClass = (typeof fileClasses)[number]

export interface Damage {
  readonly ops: readonly DamageOp[]
  /** All that is touched. */
  readonly paths: readonly string[]
  /** A verification of all compares it with a hash, so that it must name it. */
  readonly mustFind: boolean
}

const page = 8_192

export function classOf(path: string): FileClass {
  if (/^wal\/[0-9A-F]{24}$/.test(path)) return 'segment'
  if (/^wal\/\..*\.sum$/.test(path)) return 'sum'
  if (/^wal\/[0-9A-F]{8}\.history$/.test(path)) return 'history'
  if (/^backups\/[^/]+\/backup\.json$/.test(path)) return 'record'
  if (/^backups\/[^/]+\/data\/backup_manifest$/.test(path)) return 'manifest'
  if (/^backups\/[^/]+-logical\/data\//.test(path)) return 'logical'
  return /^backups\/[^/]+\/data\//.test(path) ? 'base' : 'other'
}

/** What PostgreSQL's own manifest leaves out. */
const isListed = (path: string): boolean => !/\/data\/(pg_wal\/|postgresql\.auto\.conf$|backup_label$)/.test(path)

/** Errors: none of the files can be damaged. */
export function drawDamage(chance: Chance, files: readonly StoredFile[]): Damage {
  const wanted = chance.weighted<FileClass>([
    [5, 'segment'],
    [2, 'sum'],
    [1, 'history'],
    [2, 'record'],
    [1, 'manifest'],
    [4, 'base'],
    [1, 'logical'],
  ])
  const ofClass = files.filter(({path, bytes}) => classOf(path) === wanted && bytes > 0)
  const among = ofClass.length > 0 ? ofClass : files.filter(({path, bytes}) => classOf(path) === 'segment' && bytes > 0)
  const file = chance.of(among)
  const others = among.filter(({path}) => path !== file.path)
  const op = chance.weighted<DamageOp>([
    [3, {op: 'flip', path: file.path, at: chance.below(file.bytes), bit: chance.below(8)}],
    [1, {op: 'zero', ...pageOf(chance, file)}],
    [1, {op: 'noise', ...pageOf(chance, file), seed: chance.below(1_000_000)}],
    [0.5, {op: 'zero', path: file.path, at: 0, bytes: file.bytes}],
    [1, {op: 'cut', path: file.path, to: chance.below(file.bytes)}],
    [1, {op: 'lengthen', path: file.path, by: 1 + chance.below(page)}],
    [1.5, {op: 'delete', path: file.path}],
    [
      others.length > 0 ? 1 : 0,
      {op: 'copy', path: file.path, of: (others[0] === undefined ? file : chance.of(others)).path},
    ],
    [
      others.length > 0 ? 1 : 0,
      {op: 'swap', path: file.path, with: (others[0] === undefined ? file : chance.of(others)).path},
    ],
  ]) ?? {op: 'delete', path: file.path}
  return withSums(chance, files, op)
}

/** At times a file and the hash beside it go together: somebody copied both. */
function withSums(chance: Chance, files: readonly StoredFile[], op: DamageOp): Damage {
  const sumOf = (path: string): string | null => {
    const sum = path.replace(/^wal\/(.*)$/, 'wal/.$1.sum')
    return classOf(path) === 'segment' && files.some(file => file.path === sum) ? sum : null
  }
  const own = sumOf(op.path)
  const ops: DamageOp[] = [op]
  if (own !== null && chance.is(0.3)) {
    const other = op.op === 'swap' ? sumOf(op.with) : op.op === 'copy' ? sumOf(op.of) : null
    if (op.op === 'swap' && other !== null) ops.push({op: 'swap', path: own, with: other})
    else if (op.op === 'copy' && other !== null) ops.push({op: 'copy', path: own, of: other})
    else ops.push({op: 'delete', path: own})
  }
  const paths = [...new Set(ops.flatMap(one => (one.op === 'swap' ? [one.path, one.with] : [one.path])))]
  return {ops, paths, mustFind: ops.length === 1 && isFound(op)}
}

/** What has a hash that was kept elsewhere. A segment that is gone may be the last one: the WAL ends before it then. */
function isFound({op, path}: DamageOp): boolean {
  const kind = classOf(path)
  if (op === 'copy' || op === 'swap') return kind === 'segment'
  if (kind === 'segment') return op !== 'delete'
  return kind === 'manifest' || (kind === 'base' && isListed(path))
}

function pageOf(
  chance: Chance,
  {path, bytes}: StoredFile,
): {readonly path: string; readonly at: number; readonly bytes: number} {
  const at = chance.below(Math.ceil(bytes / page)) * page
  return {path, at, bytes: Math.min(page, bytes - at)}
}

/** For a person who repeats it. */
export const describeDamage = ({ops}: Damage): string => ops.map(op => JSON.stringify(op)).join(' ')
