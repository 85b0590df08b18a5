// PURE: backup.json as a BackupRecord, checked field by field. Invariants: throws BACKUP_INVALID and nothing else,
// whatever JSON it is given, and names the wrong field; what is accepted also fits together. A field that is not known
// is dropped: schemaVersion tells of changes that matter. Not here: reading the file.
import {hint} from '../../model/command-hint.ts'
import {
  backupKinds,
  backupSchemaVersion,
  type Answer,
  type BackupContent,
  type BackupRecord,
} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {parseLsn} from '../../model/lsn.ts'
import {parseTime} from '../restore/parse-time.ts'

const checkpoints: readonly BackupRecord['checkpoint'][] = ['fast', 'spread']
/** It becomes a folder's name. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Errors: BACKUP_INVALID. */
export function parseBackup(value: unknown): BackupRecord {
  const fields = fieldsOf(value, '')
  const schemaVersion = fields.get('schemaVersion')
  // First of all, since every other complaint about a later version would mislead.
  if (schemaVersion !== backupSchemaVersion)
    throw complaint('schemaVersion', `must be ${backupSchemaVersion}, not ${describeValue(schemaVersion)}`)
  const id = matching(fields, 'id', idPattern, 'letters, digits, ".", "_" and "-"')
  try {
    const record = readRecord(fields, id)
    requireConsistent(record)
    return record
  } catch (error) {
    if (!(error instanceof HlError)) throw error
    throw new HlError('BACKUP_INVALID', `backup ${id}: ${error.message}`, {next: error.steps})
  }
}

function readRecord(fields: Fields, id: string): BackupRecord {
  const bytes = fieldsOf(fields.get('bytes'), 'bytes')
  return {
    schemaVersion: backupSchemaVersion,
    id,
    kind: oneOf(fields, 'kind', backupKinds),
    parent: orNull(fields, 'parent', () => matching(fields, 'parent', idPattern, 'the id of a backup')),
    lab: text(fields, 'lab'),
    systemIdentifier: matching(fields, 'systemIdentifier', /^[1-9]\d{0,19}$/, 'decimal text'),
    serverVersion: matching(fields, 'serverVersion', /^\d+/, 'a version of PostgreSQL'),
    node: text(fields, 'node'),
    timeline: orNull(fields, 'timeline', () => integer(fields, 'timeline', 1, 0xffff_ffff)),
    startLsn: orNull(fields, 'startLsn', () => lsnText(fields, 'startLsn')),
    stopLsn: orNull(fields, 'stopLsn', () => lsnText(fields, 'stopLsn')),
    startedAt: utcTime(fields, 'startedAt'),
    stoppedAt: utcTime(fields, 'stoppedAt'),
    durationMs: integer(fields, 'durationMs', 0, Number.MAX_VALUE),
    compression: text(fields, 'compression'),
    checkpoint: oneOf(fields, 'checkpoint', checkpoints),
    bytes: {
      logical: integer(bytes, 'logical', 0, Number.MAX_SAFE_INTEGER, 'bytes.'),
      stored: integer(bytes, 'stored', 0, Number.MAX_SAFE_INTEGER, 'bytes.'),
    },
    manifestSha256: orNull(fields, 'manifestSha256', () =>
      matching(fields, 'manifestSha256', /^[0-9a-f]{64}$/, '64 hexadecimal digits'),
    ),
    checksumFailures: integer(fields, 'checksumFailures', 0, Number.MAX_SAFE_INTEGER),
    labels: labelsOf(fields),
    pinned: boolean(fields, 'pinned'),
    verified: orNull(fields, 'verified', () => verifiedOf(fieldsOf(fields.get('verified'), 'verified'))),
    ...encryptionOf(fields),
    ...(fields.has('content') ? {content: contentOf(fieldsOf(fields.get('content'), 'content'))} : {}),
  }
}

/** What no single field shows. */
function requireConsistent(record: BackupRecord): void {
  const {kind, parent, startLsn, stopLsn} = record
  if (kind === 'incremental' && parent === null) throw complaint('parent', 'an incremental backup has one')
  if (kind !== 'incremental' && parent !== null) throw complaint('parent', `a ${kind} backup has none`)
  if (parent === record.id) throw complaint('parent', 'is the backup itself')
  for (const name of ['timeline', 'startLsn', 'stopLsn', 'manifestSha256'] as const) {
    // Of a logical one it is the hash of the list of its files.
    if (kind === 'logical' && name !== 'manifestSha256' && record[name] !== null)
      throw complaint(name, 'must be null for a logical backup')
    if (kind !== 'logical' && record[name] === null)
      throw complaint(name, `must not be null for ${kind === 'full' ? 'a full' : 'an incremental'} backup`)
  }
  const [start, stop] = [parseLsn(startLsn ?? ''), parseLsn(stopLsn ?? '')]
  if (start !== null && stop !== null && stop < start)
    throw complaint('stopLsn', `${stopLsn ?? ''} is before startLsn ${startLsn ?? ''}`)
  const seen = parseLsn(record.content?.lsn ?? '')
  if (seen !== null && (stop === null || seen < stop))
    throw complaint('content.lsn', `${record.content?.lsn ?? ''} is before stopLsn ${stopLsn ?? 'null'}`)
  if ((parseTime(record.stoppedAt) ?? 0) < (parseTime(record.startedAt) ?? 0))
    throw complaint('stoppedAt', `${record.stoppedAt} is before startedAt ${record.startedAt}`)
}

type Fields = ReadonlyMap<string, unknown>

function complaint(path: string, what: string): HlError {
  return new HlError('BACKUP_INVALID', `${path === '' ? 'backup.json' : path}: ${what}`, {
    next: [
      'compare the file with its copy elsewhere',
      hint('backups list', {why: 'shows the others once it is mended or moved away'}),
    ],
  })
}

/** Names a value for an error message; never prints a whole object. */
function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null
    ? 'an object'
    : typeof value === 'function' || typeof value === 'symbol'
      ? `a ${typeof value}`
      : String(value)
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw complaint(path, `must be an object, not ${describeValue(value)}`)
  try {
    return new Map<string, unknown>(Object.entries(value))
  } catch {
    throw complaint(path, 'cannot be read')
  }
}

function orNull<T>(fields: Fields, name: string, read: () => T): T | null {
  return fields.get(name) === null ? null : read()
}

function matching(fields: Fields, name: string, pattern: RegExp, what: string, path = name): string {
  const value = fields.get(name)
  if (typeof value !== 'string' || !pattern.test(value))
    throw complaint(path, `must be ${what}, not ${describeValue(value)}`)
  return value
}

function text(fields: Fields, name: string, path = name): string {
  const value = fields.get(name)
  if (typeof value !== 'string') throw complaint(path, `must be a text, not ${describeValue(value)}`)
  return value
}

function integer(fields: Fields, name: string, min: number, max: number, prefix = ''): number {
  const value = fields.get(name)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw complaint(`${prefix}${name}`, `must be a whole number from ${min}, not ${describeValue(value)}`)
  return value
}

function boolean(fields: Fields, name: string, path = name): boolean {
  const value = fields.get(name)
  if (typeof value !== 'boolean') throw complaint(path, `must be true or false, not ${describeValue(value)}`)
  return value
}

function oneOf<W extends string>(fields: Fields, name: string, words: readonly W[]): W {
  const value = fields.get(name)
  const word = words.find(candidate => candidate === value)
  if (word === undefined) throw complaint(name, `must be one of ${words.join(', ')}, not ${describeValue(value)}`)
  return word
}

function lsnText(fields: Fields, name: string, path = name): string {
  const value = text(fields, name, path)
  if (parseLsn(value) === null) throw complaint(path, `must be an LSN such as 0/3000028, not ${describeValue(value)}`)
  return value
}

function utcTime(fields: Fields, name: string, path = name): string {
  const value = text(fields, name, path)
  if (!value.endsWith('Z') || parseTime(value) === null)
    throw complaint(path, `must be a time in UTC such as 2026-11-24T10:00:00Z, not ${describeValue(value)}`)
  return value
}

function labelsOf(fields: Fields): readonly string[] {
  return textsOf(fields, 'labels')
}

function textsOf(fields: Fields, name: string, path = name): readonly string[] {
  return listOf(fields, name, path, (value, at) => {
    if (typeof value !== 'string') throw complaint(at, `must be a text, not ${describeValue(value)}`)
    return value
  })
}

function listOf<T>(fields: Fields, name: string, path: string, read: (value: unknown, at: string) => T): readonly T[] {
  const value = fields.get(name)
  if (!Array.isArray(value)) throw complaint(path, `must be a list, not ${describeValue(value)}`)
  return Array.from(value, (one: unknown, index) => read(one, `${path}[${index}]`))
}

function verifiedOf(fields: Fields): BackupRecord['verified'] {
  return {
    ...answerOf(fields, 'verified'),
    ...(fields.has('restored')
      ? {restored: answerOf(fieldsOf(fields.get('restored'), 'verified.restored'), 'verified.restored')}
      : {}),
  }
}

function answerOf(fields: Fields, path: string): Answer {
  return {
    at: utcTime(fields, 'at', `${path}.at`),
    ok: boolean(fields, 'ok', `${path}.ok`),
    detail: text(fields, 'detail', `${path}.detail`),
  }
}

/** Backups that were taken before say `sealed`. */
function encryptionOf(fields: Fields): Pick<BackupRecord, 'encrypted'> {
  const name = ['encrypted', 'sealed'].find(field => fields.has(field))
  return name === undefined ? {} : {encrypted: encryptedOf(fieldsOf(fields.get(name), name))}
}

function encryptedOf(fields: Fields): NonNullable<BackupRecord['encrypted']> {
  return {
    recipient: matching(fields, 'recipient', /^age1[a-z0-9]{20,2000}$/, 'a recipient of age', 'encrypted.recipient'),
    sha256: matching(fields, 'sha256', /^[0-9a-f]{64}$/, '64 hexadecimal digits', 'encrypted.sha256'),
  }
}

function contentOf(fields: Fields): BackupContent {
  return {
    lsn: lsnText(fields, 'lsn', 'content.lsn'),
    timeline: integer(fields, 'timeline', 1, 0xffff_ffff, 'content.'),
    at: utcTime(fields, 'at', 'content.at'),
    node: text(fields, 'node', 'content.node'),
    tables: listOf(fields, 'tables', 'content.tables', (value, at) => {
      const table = fieldsOf(value, at)
      return {
        name: text(table, 'name', `${at}.name`),
        rows: integer(table, 'rows', 0, Number.MAX_SAFE_INTEGER, `${at}.`),
        hash: matching(table, 'hash', /^-?\d{1,60}$/, 'decimal text', `${at}.hash`),
      }
    }),
    sequences: textsOf(fields, 'sequences', 'content.sequences'),
    roles: textsOf(fields, 'roles', 'content.roles'),
    extensions: textsOf(fields, 'extensions', 'content.extensions'),
  }
}
