// The sessions in which a restored server is asked whether it is sound. PURE: the words of commands. Invariants: no
// setting that came with the data has a say: its databases and roles may be read-only, in a hurry, or run programs of
// their own at each login; every wait has an end on the server itself, so nothing goes on there when nobody waits for
// it any more. Not here: the questions (server-questions.ts), what the answers mean (judge-server.ts).
import {psqlWords} from '../ask-node.ts'

/** By which its sessions are found, and ended. */
export const verifierName = 'hl_verify'
/** For one statement. Terabytes take hours. */
const statementMs = 6 * 3_600_000
/** For a lock: a transaction that was prepared before the target never lets go of its own. */
export const lockWaitMs = 5_000
const connectS = 30

/**
 * What is given with the connection wins over ALTER DATABASE and ALTER ROLE:
 * https://www.postgresql.org/docs/17/config-setting.html#CONFIG-SETTING-SQL
 */
const settings: Readonly<Record<string, string>> = {
  role: 'none',
  search_path: 'pg_catalog',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  statement_timeout: String(statementMs),
  lock_timeout: String(lockWaitMs),
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  temp_file_limit: '-1',
  // Programs of the data's own: on DDL, and on login.
  event_triggers: 'off',
  session_preload_libraries: '',
  local_preload_libraries: '',
  // What would hide damage.
  zero_damaged_pages: 'off',
  ignore_checksum_failure: 'off',
  ignore_system_indexes: 'off',
  // How questions are read, and answers printed.
  standard_conforming_strings: 'on',
  check_function_bodies: 'off',
  quote_all_identifiers: 'off',
  bytea_output: 'hex',
  xmloption: 'content',
  client_min_messages: 'warning',
  lc_messages: 'C',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  jit: 'off',
}

const options = Object.entries(settings)
  .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
  .join(' ')

/** A client program of PostgreSQL in such a session. */
export function asVerifier(...argv: readonly string[]): readonly string[] {
  return ['env', `PGOPTIONS=${options}`, `PGAPPNAME=${verifierName}`, `PGCONNECT_TIMEOUT=${connectS}`, ...argv]
}

/** psql with these statements; what it prints is UTF-8 whatever the database is in. */
export function verifierPsql(database: string, ...statements: readonly string[]): readonly string[] {
  return asVerifier('env', 'PGCLIENTENCODING=UTF8', ...psqlWords(toDatabase(database), ...statements))
}

/** A database of any name, as -d takes it: a bare name with `=` in it would be read as a connection string. */
export function toDatabase(name: string): string {
  return `dbname='${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
