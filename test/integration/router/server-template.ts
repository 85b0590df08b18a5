// The data directory that every test server starts from, made once per machine and kept as an archive among the
// temporary files. For tests only.
// Invariant: its name follows from all that went into it, the image included, so an old one is never taken for a new
// one. Not here: the servers (server-container.ts).
import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {open, rename} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {docker} from '../../e2e/use-lab.ts'
import {ownName} from '../../suite/run-name.ts'

export const image = 'hl-postgres:17'
export const connection = {user: 'app', password: 'app-password', database: 'shop'} as const

/** As few processes and writes as it goes; retries and timeouts short enough to be waited for in a test. */
const settings = {
  listen_addresses: '*',
  max_connections: '100',
  shared_buffers: '16MB',
  fsync: 'off',
  autovacuum: 'off',
  wal_level: 'logical',
  wal_keep_size: '64MB',
  max_prepared_transactions: '10',
  wal_retrieve_retry_interval: '100ms',
  wal_receiver_timeout: '3s',
  wal_sender_timeout: '3s',
  deadlock_timeout: '100ms',
  scram_iterations: '16',
  log_min_messages: 'warning',
}

/** The superuser needs no password, so the tools do not either; everybody else logs in as in production. */
const access = `
local all all trust
host all,replication postgres samenet trust
host all all all scram-sha-256
`

const schema =
  'CREATE TABLE orders (id uuid PRIMARY KEY, user_id bigint, amount numeric, created_at timestamptz DEFAULT now())'

const script = `
initdb -D /pg/data -A trust --no-sync --no-instructions --locale C.UTF-8 ${Object.entries(settings)
  .map(([key, value]) => `--set ${key}='${value}'`)
  .join(' ')} >/dev/null
printf '%s' '${access}' >/pg/data/pg_hba.conf
pg_ctl -D /pg/data -l /pg/log -w start >/dev/null
psql -qX -v ON_ERROR_STOP=1 -c "CREATE ROLE ${connection.user} LOGIN PASSWORD '${connection.password}'" -c 'CREATE DATABASE ${connection.database} OWNER ${connection.user}'
psql -qX -v ON_ERROR_STOP=1 -d ${connection.database} -c 'SET ROLE ${connection.user}' -c '${schema}'
pg_ctl -D /pg/data -m fast -w stop >/dev/null
tar -C /pg -cf - data`

/** Path of the archive. */
export async function template(): Promise<string> {
  const id = await docker('image', 'inspect', '-f', '{{.Id}}', image)
  const path = join(
    tmpdir(),
    `hl-servers-${createHash('sha256')
      .update(id + script)
      .digest('hex')
      .slice(0, 12)}.tar`,
  )
  if (existsSync(path)) return path
  // Two test runs may make it at the same time: each its own, and the last rename stays.
  const own = `${path}.${process.pid}`
  await make(own)
  await rename(own, path)
  return path
}

async function make(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    const child = spawn(
      'docker',
      [
        'run',
        '--rm',
        '-u',
        'postgres',
        '--label',
        `hl.lab=${ownName('it-template')}`,
        '--tmpfs',
        '/pg:mode=777',
        '--entrypoint',
        'sh',
        image,
        '-ec',
        script,
      ],
      {stdio: ['ignore', file.fd, 'pipe']},
    )
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const exitCode = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
    if (exitCode !== 0) throw new Error(`the data directory for the tests cannot be made: ${said}`)
  } finally {
    await file.close()
  }
}
