// Fills a server with the shop's data, and lets orders come in until so much WAL was written. Not here: the tables
// (shop-data.ts).
import {parseLsn, type Lsn} from '../../src/model/lsn.ts'
import type {Machine} from './machines.ts'
import {ask, database, startServer, stopServer, type Primary} from './primary.ts'
import {documentScript, orderScript, shopOf, shopStatements, type ShopSize} from './shop-data.ts'

/** Nothing of it is measured, and all of it is synced before anything is. */
const fastLoading = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  archive_mode: 'off',
  summarize_wal: 'off',
  fsync: 'off',
  max_wal_size: '4GB',
  maintenance_work_mem: '512MB',
  synchronous_standby_names: '',
}

export async function loadShop({machine}: Primary, bytes: number): Promise<ShopSize> {
  const size = shopOf(bytes)
  await stopServer(machine)
  await startServer(machine, fastLoading)
  await ask(machine, 'CREATE EXTENSION IF NOT EXISTS pgcrypto')
  await Promise.all(
    shopStatements(size).map(async (statements, session) => {
      const file = `/tmp/load${session}.sql`
      await machine.write(file, `${statements.join(';\n')};\n`)
      await machine.exec(`psql -qX -v ON_ERROR_STOP=1 -d ${database} -f ${file} >/dev/null`)
    }),
  )
  await stopServer(machine)
  await startServer(machine)
  await machine.write('/tmp/order.sql', orderScript(size))
  await machine.write('/tmp/document.sql', documentScript)
  return size
}

export async function databaseBytes(machine: Machine): Promise<number> {
  return Number(await ask(machine, 'SELECT pg_database_size(current_database())'))
}

export async function walPosition(machine: Machine): Promise<Lsn> {
  const lsn = parseLsn(await ask(machine, 'SELECT pg_current_wal_insert_lsn()'))
  if (lsn === null) throw new Error('the server does not say where its WAL is')
  return lsn
}

const firstChunk = 250
const clients = 4

/**
 * Orders until the WAL from `from` on has `bytes`, or a little more. Commits do not wait for the disk: what is wanted
 * is the WAL. Gives the position.
 */
export async function orderUntil(machine: Machine, from: Lsn, bytes: number): Promise<Lsn> {
  let perClient = firstChunk
  for (;;) {
    const before = await walPosition(machine)
    const missing = bytes - Number(before - from)
    if (missing <= 0) return before
    await orders(machine, perClient)
    const bytesPerOrder = Number((await walPosition(machine)) - before) / (perClient * clients)
    const left = missing - bytesPerOrder * perClient * clients
    // Toward the end less, since an order writes less once its pages were written.
    perClient = Math.max(25, Math.min(20_000, Math.round(left / bytesPerOrder / clients)))
  }
}

async function orders(machine: Machine, perClient: number): Promise<void> {
  await machine.exec(
    `PGOPTIONS='-c synchronous_commit=off' pgbench -n -M prepared -c ${clients} -j 2 -t ${perClient} -f /tmp/order.sql@9 -f /tmp/document.sql@1 ${database} >/tmp/pgbench.log 2>&1 || { tail -n 5 /tmp/pgbench.log >&2; exit 1; }`,
  )
}
