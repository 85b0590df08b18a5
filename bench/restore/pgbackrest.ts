// pgBackRest from Debian's package, where it is fastest: it runs on the database's own machine, its repository is a
// local folder, so nothing of it goes over a network or ssh, and WAL is fetched ahead. Two repositories, one per
// compression. Not here: hl's way (hl-way.ts), the recovery that follows (recover.ts).
import type {Lsn} from '../../src/model/lsn.ts'
import {archiveImage, restoredData} from './archive.ts'
import type {PhaseMs} from './hl-way.ts'
import {docker, type Machine} from './machines.ts'
import {fetchAndRecover} from './recover.ts'

export const pgbackrestImage = 'hl-bench-pgbackrest:17'
const dockerfile = `FROM ${archiveImage}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends pgbackrest && rm -rf /var/lib/apt/lists/*
`

export const compressions = ['none', 'zst'] as const
export type Compression = (typeof compressions)[number]
/** Of both tools: zstd's own default. */
export const zstdLevel = 3
/** Of both tools. */
export const workers = 2

export async function buildPgbackrest(): Promise<void> {
  await docker.text(['build', '-q', '-t', pgbackrestImage, '-'], {stdin: dockerfile, timeoutMs: 300_000})
}

function configuration(compression: Compression, dataDirectory: string): string {
  return `[global]
repo1-path=/repo/${compression}
repo1-retention-full=1
compress-type=${compression}
${compression === 'zst' ? `compress-level=${zstdLevel}\n` : ''}process-max=${workers}
start-fast=y
archive-async=y
archive-get-queue-max=1GiB
spool-path=/tmp/spool-${compression}
lock-path=/tmp/lock-${compression}
log-level-console=warn
log-level-file=off
[bench]
pg1-path=${dataDirectory}
pg1-user=postgres
pg1-socket-path=/var/run/postgresql
`
}

const call = (compression: Compression): string =>
  `pgbackrest --config=/tmp/pgbackrest-${compression}.conf --stanza=bench`

/**
 * Archives into both repositories; `archive-push` is never asynchronous here, so that a segment is there when
 * PostgreSQL is told so.
 */
export const pgbackrestPush = compressions
  .map(compression => `${call(compression)} --no-archive-async archive-push %p`)
  .join(' && ')

async function prepare(machine: Machine, dataDirectory: string): Promise<void> {
  for (const compression of compressions) {
    await machine.exec(`mkdir -p /tmp/spool-${compression} /tmp/lock-${compression}`)
    await machine.write(`/tmp/pgbackrest-${compression}.conf`, configuration(compression, dataDirectory))
  }
}

/** On the machine of the running database. */
export async function createStanzas(machine: Machine): Promise<void> {
  await machine.exec('chown postgres:postgres /repo', 'root')
  await prepare(machine, '/pg/data')
  for (const compression of compressions) await machine.exec(`${call(compression)} stanza-create`)
}

export async function prepareRestore(place: Machine): Promise<void> {
  await prepare(place, restoredData)
}

/** A new full backup; the one before it is removed by its own retention. */
export async function pgbackrestBackup(machine: Machine, compression: Compression): Promise<void> {
  await machine.exec(`${call(compression)} --type=full --no-expire-auto backup`)
}

/** Untimed: the repository's folder of the one before goes, so that the disk does not fill. */
export async function expireBackups(machine: Machine, compression: Compression): Promise<void> {
  await machine.exec(`${call(compression)} expire`)
}

export async function repositoryBytes(machine: Machine, compression: Compression): Promise<number> {
  return Number(await machine.exec(`du -sb /repo/${compression}/backup | cut -f1`))
}

export async function pgbackrestRestore(place: Machine, compression: Compression, target: Lsn): Promise<PhaseMs> {
  await place.exec(`rm -rf /tmp/spool-${compression}; mkdir /tmp/spool-${compression}`)
  return fetchAndRecover(
    place,
    async () => place.exec(`${call(compression)} restore`),
    `${call(compression)} archive-get %f "%p"`,
    target,
  )
}

export async function pgbackrestVersion(machine: Machine): Promise<string> {
  return /[\d.]+/.exec(await machine.exec('pgbackrest version'))?.[0] ?? 'unknown'
}
