// Looks at what is wrong with a lab beside its clusters. Invariant: a few seconds at most, whatever is dead or paused;
// nothing is changed. Not here: what it means (lab-conditions.ts).
import type {Cluster} from '../../model/ports.ts'
import type {ContainerStatus} from '../../model/topology.ts'
import type {Docker} from '../docker/docker.ts'
import {lines} from '../docker/parse-docker.ts'
import type {ConnectedLab} from '../lifecycle/connect-lab.ts'
import {
  archiveService,
  lackingServices,
  lockLabel,
  projectOf,
  scratchLabel,
  type LabDescription,
} from '../lifecycle/lab-description.ts'
import {isRotating} from '../lifecycle/key-rotation.ts'
import {findLab, labVolumes} from '../lifecycle/lab-inventory.ts'
import {goneFromThisHost, holderOf, type IsGone} from '../lifecycle/lock.ts'
import {waysBack} from '../lifecycle/lost-lab.ts'
import {readRecord} from '../lifecycle/restore-record.ts'
import {lookAtCopy} from '../nodes/recovery-copy.ts'
import {ask} from '../psql.ts'
import {labConditions, type Archiver, type ArchiveStore, type Condition} from './lab-conditions.ts'

const storeMs = 10_000

/** Worst first; empty: nothing that could be seen. */
export async function readConditions(
  docker: Docker,
  {cluster, clusters, clients}: Pick<ConnectedLab, 'cluster' | 'clusters' | 'clients'>,
  isGone: IsGone = goneFromThisHost,
): Promise<readonly Condition[]> {
  const {lab, archive} = cluster
  const there = await findLab(docker, lab)
  const services = besides(
    there,
    clusters.flatMap(one => one.cluster.members),
  )
  const hasStore = services[archiveService] === 'running'
  const [unfinished, holder, store, archivers, receives, alarms, copy, volumes] = await Promise.all([
    readRecord(docker, lab),
    whoHolds(there, isGone),
    hasStore ? askStore(cluster) : null,
    archive === 'command' ? Promise.all(clusters.map(async one => archiversOf(one.cluster))) : [],
    archive === 'command' || archive === 'none' ? null : askReceiver(cluster),
    clients.etcd.alarms(),
    lookAtCopy(docker, lab, there.others).catch(() => null),
    labVolumes(docker, lab),
  ])
  return labConditions({
    lab,
    archive,
    unfinished,
    holder,
    services,
    waysBack: waysBack(there, volumes),
    containers: workContainers(there),
    copy,
    isRotating: isRotating(lab, volumes),
    store,
    archivers: archivers.flat(),
    receives,
    alarms,
  })
}

function besides(lab: LabDescription, members: readonly string[]): Readonly<Record<string, ContainerStatus>> {
  const own = [...members, ...lab.dcsMembers]
  return Object.fromEntries([
    ...lab.services.filter(({name}) => !own.includes(name)).map(({name, facts}) => [name, facts.status] as const),
    ...lackingServices(lab).map(name => [name, 'missing'] as const),
  ])
}

/** Who works on the lab now, in words; null: nobody, or a process that is gone. */
export async function whoHolds({others}: LabDescription, isGone: IsGone = goneFromThisHost): Promise<string | null> {
  const lock = others.find(({name, labels}) => labels[lockLabel] !== undefined && name.endsWith('-lock'))
  if (lock === undefined) return null
  const holder = holderOf(lock)
  return (await isGone(holder)) ? null : `${holder.what} (process ${holder.pid} on ${holder.host})`
}

/** A recovery copy stays on purpose. */
function workContainers({lab, others}: LabDescription): readonly string[] {
  const names = ['restore', 'decrypt', 'rekey'].map(role => `${projectOf(lab)}-${role}`)
  return others
    .filter(({name, labels}) => labels[scratchLabel] !== undefined || names.includes(name))
    .map(({name}) => name)
}

/** As programs are called in /proc. */
const backupPrograms = 'pg_basebackup|pg_dump|pg_dumpall'

const storeScript = `df -P -B1 /archive | tail -n 1 | { read -r _ _ _ free _; echo "free $free"; }
for folder in /archive /archive/*/wal; do [ ! -d "$folder" ] || [ -w "$folder" ] || echo refuses; done
for draft in /archive/*/backups/.draft-*; do [ ! -e "$draft" ] || echo "draft \${draft##*/.draft-}"; done
for note in /archive/*/wal/.*.refused; do [ ! -e "$note" ] || { name=\${note##*/.}; echo "refused \${name%.refused} $(cat "$note")"; }; done
for comm in /proc/[0-9]*/comm; do read -r name <"$comm" 2>/dev/null || continue; case $name in ${backupPrograms}) echo "runs $name" ;; esac; done`

async function askStore(cluster: Cluster): Promise<ArchiveStore | null> {
  const said = await cluster
    .exec(archiveService, ['sh', '-c', storeScript], {user: 'postgres', timeoutMs: storeMs})
    .catch(() => null)
  const store = said === null ? null : parseStore(said.stdout)
  if (store === null || !cluster.encrypted || store.drafts.length === 0) return store
  return {...store, programs: await pushersOf(cluster)}
}

/** Nodes that hand a backup to an encrypted archive; one that does not answer is told as such elsewhere. */
async function pushersOf(cluster: Cluster): Promise<readonly string[]> {
  const argv = ['pgrep', '-f', '[b]ackup-push-encrypted (base|dump) [0-9]']
  const said = await Promise.all(
    cluster.members.map(async member => {
      const answer = await cluster.exec(member, argv, {user: 'postgres', timeoutMs: storeMs}).catch(() => null)
      return answer?.exitCode === 0 ? [`backup-push-encrypted on ${member}`] : []
    }),
  )
  return said.flat()
}

/** PURE: null where it does not say how much is free. */
export function parseStore(text: string): ArchiveStore | null {
  const told = (word: string): readonly string[] =>
    lines(text).flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const free = told('free')[0]
  if (free === undefined || !/^\d+$/.test(free)) return null
  return {
    freeBytes: Number(free),
    isWritable: !lines(text).includes('refuses'),
    drafts: told('draft'),
    programs: [...new Set(told('runs'))],
    refused: new Map(
      told('refused').map(text => [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1)] as const),
    ),
  }
}

const archiverQuestion =
  `SELECT (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'), coalesce(last_failed_time > ` +
  `coalesce(last_archived_time, '-infinity'), false), last_failed_wal, to_char(last_failed_time AT TIME ZONE 'UTC', ` +
  `'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM pg_stat_archiver`

/** Every member archives; one that does not answer is told as such elsewhere. */
async function archiversOf(cluster: Cluster): Promise<readonly Archiver[]> {
  const said = await Promise.all(
    cluster.members.map(async member => {
      const answer = await ask(cluster, member, archiverQuestion).catch(() => null)
      return answer === null || answer.exitCode !== 0 ? null : parseArchiver(member, answer.stdout)
    }),
  )
  return said.filter(one => one !== null)
}

/** PURE. */
export function parseArchiver(member: string, text: string): Archiver | null {
  const [waiting = '', fails, file = '', since = ''] = text.trim().split('|')
  if (!/^\d+$/.test(waiting)) return null
  return {member, waiting: Number(waiting), failing: fails === 't' ? {file, since} : null}
}

async function askReceiver(cluster: Cluster): Promise<boolean | null> {
  const {primary} = await cluster.state()
  if (primary === null) return null
  const question = `SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = 'hl_archive'`
  const answer = await ask(cluster, primary, question).catch(() => null)
  return answer?.exitCode === 0 ? answer.stdout.trim() === 't' : null
}
