// pg_receivewal on the archive node, by the lab's own script, for one server. Not here: archive_command (primary.ts).
import type {Archive} from './archive.ts'
import {ask, type ArchiveWay, type Primary} from './primary.ts'

/** Returns when it streams, and with `sync` when commits wait for it. */
export async function startReceiver(
  {machine: archive}: Archive,
  {machine}: Primary,
  service: string,
  way: Extract<ArchiveWay, 'stream' | 'sync'>,
): Promise<void> {
  await ask(machine, "SELECT pg_create_physical_replication_slot('hl_archive', true);")
  await archive.launch(
    `echo $$ >/tmp/receive-${service}; exec env HL_ARCHIVE=${way} HL_PG_NODES=${service} PGPASSFILE=/run/hl/pgpass wal-receive`,
  )
  await until(
    machine,
    "SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = 'hl_archive' AND state = 'streaming'",
  )
  if (way === 'stream') return
  // A lab's is FIRST 2 (hl_archive, pg1, pg2, pg3): the archive and one standby. There is no standby here.
  await ask(machine, "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (hl_archive)'; SELECT pg_reload_conf();")
  await until(
    machine,
    "SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = 'hl_archive' AND sync_state = 'sync'",
  )
}

/** When its server is gone: lets it write what it still has, then ends it. */
export async function endReceiver({machine}: Archive, service: string): Promise<void> {
  const script = `pid=$(cat /tmp/receive-${service}); kill "$pid"; for i in $(seq 200); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.05; done; pkill -P "$pid"; sleep 0.2; kill -KILL "$pid" 2>/dev/null || true`
  await machine.exec(script)
}

/** When its server is gone: what was on its way by archive_command is in, or thrown away. */
export async function settlePushes({machine}: Archive, systemIdentifier: string): Promise<void> {
  await machine.exec(
    `cd /archive/${systemIdentifier}/wal 2>/dev/null || exit 0; for i in $(seq 400); do [ -n "$(find . -name '.[0-9A-F]*')" ] || exit 0; sleep 0.05; done; echo 'a push does not end' >&2; exit 1`,
  )
}

async function until(machine: Primary['machine'], question: string): Promise<void> {
  await machine.exec(
    `for i in $(seq 600); do [ "$(psql -qXAt -d postgres -c "${question}")" != t ] || exit 0; sleep 0.05; done; echo 'not within 30 s: pg_receivewal streams' >&2; exit 1`,
  )
}
