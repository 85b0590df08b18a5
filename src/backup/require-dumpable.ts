// What pg_dump needs beside the rights of pg_read_all_data, looked at before a logical backup is begun: rows behind
// policies, large objects. Invariant: what its role may not read is refused by name, and what pg_dump leaves out
// without a word is told. Not here: what a copy of the files does not carry (require-carried.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

/**
 * Asked in database hl. pg_dump sets row_security = off, so that a policy is an error and not fewer rows; large objects
 * have rights of their own, which pg_read_all_data does not give (PostgreSQL 17), and has_largeobject_privilege comes
 * with 18: an own or a public right of the role is not seen.
 */
export const dumpableQuestion = `SELECT json_build_object(
  'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
  'mayRead', has_parameter_privilege('hl_backup', 'lo_compat_privileges', 'SET'),
  'policies', CASE WHEN r.rolbypassrls THEN '[]' ELSE (SELECT coalesce(json_agg(c.oid::regclass::text ORDER BY 1), '[]')
    FROM pg_class c WHERE c.relrowsecurity AND c.relkind IN ('r', 'p')) END,
  'subscriptions', (SELECT coalesce(json_agg(subname ORDER BY subname), '[]') FROM pg_subscription s
    JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()),
  'mappings', (SELECT coalesce(json_agg(usename || ' of ' || srvname ORDER BY 1), '[]') FROM pg_user_mappings))
FROM pg_roles r WHERE r.rolname = 'hl_backup'`

export interface Dumpable {
  readonly hasLargeObjects: boolean
  /** What pg_dump leaves out for a role that is no superuser. */
  readonly leftOut: readonly string[]
}

/** BACKUP_FAILED for what the role may not read, with the statement that allows it; `answer`: to the question above. */
export function requireDumpable({lab}: Pick<Cluster, 'lab'>, answer: string): Dumpable {
  const {largeObjects, mayRead, policies, subscriptions, mappings} = JSON.parse(answer) as {
    readonly largeObjects: number
    readonly mayRead: boolean
    readonly policies: readonly string[]
    readonly subscriptions: readonly string[]
    readonly mappings: readonly string[]
  }
  if (policies.length > 0)
    throw refused(
      lab,
      `row level security of ${named(policies)} hides rows from hl_backup`,
      'ALTER ROLE hl_backup BYPASSRLS',
      'lets it read all of them',
    )
  if (largeObjects > 0 && !mayRead)
    throw refused(
      lab,
      `database hl holds ${largeObjects} large ${largeObjects === 1 ? 'object' : 'objects'}, which hl_backup may ` +
        'not read',
      'GRANT SET ON PARAMETER lo_compat_privileges TO hl_backup',
      'lets it read them, and change them too: PostgreSQL 17 has no narrower right',
    )
  return {
    hasLargeObjects: largeObjects > 0,
    leftOut: [
      ...(subscriptions.length > 0 ? [`the subscriptions ${named(subscriptions)}`] : []),
      ...(mappings.length > 0 ? [`the options of user mappings, ${named(mappings)}`] : []),
    ],
  }
}

const namesShown = 5

function named(names: readonly string[]): string {
  const more = names.length - namesShown
  return `${names.slice(0, namesShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function refused(lab: string, what: string, statement: string, why: string): HlError {
  return new HlError('BACKUP_FAILED', `nothing was begun: ${what}`, {
    next: [
      hint('psql', {args: [statement], lab, why}),
      hint('backups create', {flags: {kind: 'full'}, lab, why: 'carries everything'}),
    ],
  })
}
