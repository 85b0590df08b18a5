// A backup during which the primary is killed, and what the catalog says of it afterwards. Invariant: the experiment
// goes on only when the server itself said that files were being copied when the primary was gone; a kill that came too
// early or too late proves nothing.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import type {Check} from '../../model/verdict.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {disturb} from '../disturb.ts'
import {copyWithinMs, healWithinMs} from '../run-deadlines.ts'
import type {CheckedBackup, RecoveryPorts} from '../world.ts'
import {leftMs, type StepContext, type StepKindOf} from './step-kind.ts'

/** It is slow enough for the kill to come in its middle. */
const duringFailoverRate = '8M'
const copyingMs = 60_000
const everyMs = 50
const undoId = 'killed-primary'

/** How a backup came out: its name, or what it failed of. */
export type BackupOutcome = {readonly id: string} | {readonly failure: string}

export const backupDuringFailover: StepKindOf<'backup-during-failover'> = {
  label: () => 'full backup, and the primary is killed meanwhile',
  withinMs: () => copyWithinMs,
  /** The backup is there whole, or it failed by name; the killed node comes back, and another backup is taken. */
  async run(_step, context) {
    const {world, progress, redundancy, signal} = context
    const {takeBackup, checkBackups} = world.recovery
    const state = await world.cluster.state()
    if (state.primary === null)
      throw new HlError('LAB_UNHEALTHY', 'there is no primary to fail over from', {next: [hint('status')]})
    const before = (await checkBackups()).map(({id}) => id)
    const {hit, source, outcome} = await backupUnderFailover(context, state.primary, state.lease.owner)
    await redundancy.wait(leftMs(context), signal)
    if (!hit)
      throw new HlError(
        'FAULT_UNAVAILABLE',
        `the backup of ${source} copied nothing any more when ${state.primary} was gone, so the failover did not ` +
          'hit it',
        {next: ['run it again: its backup was faster than the kill']},
      )
    const next = await outcomeOf(takeBackup('full', {signal}))
    progress.verification.push(checkCatalog({before, outcome, next, listed: await checkBackups()}))
    return `${tell(outcome)}; after the failover: ${tell(next)}`
  },
}

interface UnderFailover {
  /** Was it copying files when the primary was gone? */
  readonly hit: boolean
  readonly source: string
  readonly outcome: BackupOutcome
}

async function backupUnderFailover(
  context: StepContext,
  primary: string,
  owner: string | null,
): Promise<UnderFailover> {
  const {world, stack, see, signal} = context
  const {cluster} = world
  const underWay = outcomeOf(world.recovery.takeBackup('full', {rate: duringFailoverRate, signal}))
  const ended = {yet: false}
  // Whatever ends this step first, nobody else hears of it.
  underWay.catch(() => undefined).finally(() => void (ended.yet = true))
  const source = await untilCopying(context, primary, ended)
  see(`the backup copies files of ${source}`)
  disturb(context, owner ?? primary)
  stack.push(undoId, () => cluster.start(primary))
  await cluster.kill(primary)
  const hit = await copies(cluster, source)
  const outcome = await underWay
  await stack.undo(undoId, healWithinMs)
  return {hit, source, outcome}
}

/** BACKUP_FAILED is an outcome, everything else an error. */
async function outcomeOf(backup: ReturnType<RecoveryPorts['takeBackup']>): Promise<BackupOutcome> {
  return backup.then(
    ({id}) => ({id}),
    (error: unknown) => {
      if (error instanceof HlError && error.code === 'BACKUP_FAILED') return {failure: error.message}
      throw error
    },
  )
}

const tell = (outcome: BackupOutcome): string =>
  'id' in outcome ? `${outcome.id} was completed` : `the backup failed: ${outcome.failure}`

/** The member that files are copied from. */
async function untilCopying(
  {world, signal}: StepContext,
  primary: string,
  ended: {readonly yet: boolean},
): Promise<string> {
  const {cluster, clock} = world
  const standbys = cluster.members.filter(member => member !== primary)
  const unseen = `no backup of ${standbys.join(' or ')} was seen copying files, so there was none to hit`
  const next = [hint('backups list'), 'run it again']
  return awaitUntil(
    async () => {
      for (const member of standbys) if (await copies(cluster, member)) return holds(member)
      if (ended.yet) throw new HlError('FAULT_UNAVAILABLE', unseen, {next})
      return notYet('none')
    },
    {clock, signal, withinMs: copyingMs, everyMs, what: 'a backup that copies files', code: 'FAULT_UNAVAILABLE', next},
  )
}

/** Before that phase the server waits for a checkpoint, after it for WAL: neither is the copying that must be hit. */
async function copies(cluster: Cluster, member: string): Promise<boolean> {
  const {stdout} = await cluster.exec(
    member,
    [
      'psql',
      '-X',
      '-A',
      '-t',
      '-d',
      'postgres',
      '-c',
      `SELECT count(*) FROM pg_stat_progress_basebackup WHERE phase = 'streaming database files'`,
    ],
    {user: 'postgres', timeoutMs: 30_000},
  )
  return Number(stdout.trim()) > 0
}

/**
 * PURE. `before`: what the catalog listed when the backup began; `outcome`: of the one that the failover hit; `next`:
 * of the one after it.
 */
export function checkCatalog({
  before,
  outcome,
  next,
  listed,
}: {
  readonly before: readonly string[]
  readonly outcome: BackupOutcome
  readonly next: BackupOutcome
  readonly listed: readonly CheckedBackup[]
}): Check {
  const taken = [outcome, next].flatMap(each => ('id' in each ? [each.id] : []))
  const problems = [
    ...listed.filter(({ok}) => !ok).map(({id, detail}) => `${id} is listed and is not whole: ${detail}`),
    ...listed
      .filter(({id}) => !before.includes(id) && !taken.includes(id))
      .map(({id}) => `${id} is listed, and no backup of that name was completed`),
    ...[...before, ...taken]
      .filter(id => listed.every(each => each.id !== id))
      .map(id => `${id} was completed and is not listed`),
    ...('id' in next ? [] : [`the next backup failed: ${next.failure}`]),
  ]
  return {
    name: 'backups-whole',
    verdict: problems.length === 0 ? 'pass' : 'fail',
    detail:
      problems.length === 0
        ? `the backup that the failover hit ${'id' in outcome ? 'is whole' : 'failed by name and is not listed'}; ` +
          `the ${listed.length} that are listed are what their manifests say`
        : problems.join('; '),
  }
}
