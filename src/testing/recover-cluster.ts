// Backups of a test's cluster, and restores of it: in its own place, or as another cluster beside it. Invariant: a
// restore whose verification found something wrong is an error, for a test would go on with it. Not here: how
// (src/recovery).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import type {BackupKind, BackupRecord} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Check} from '../model/verdict.ts'
import {createBackup} from '../recovery/create-backup.ts'
import type {RestoreDone} from '../recovery/finish-restore.ts'
import {prepareRestore} from '../recovery/prepare-restore.ts'
import type {RecoveryPorts} from '../recovery/recovery-ports.ts'
import {restoreInPlace} from '../recovery/restore-in-place.ts'
import {planIntoNewLab, restoreIntoNewLab, type NewLab} from '../recovery/restore-into-new-lab.ts'
import {restoreRequest, type WantedTarget} from '../recovery/restore-request.ts'

/** How a backup is taken. */
export interface TestBackupOptions {
  /** `full` unless told, `incremental` or `logical`. */
  readonly kind?: BackupKind
  /** The primary, a standby (unless told) or a node by its name. */
  readonly from?: string
  /** Records with it what the tables hold, and a restore is compared with that. */
  readonly content?: boolean
}

/** Where a restore ends, by exactly one of these. */
export interface RestoreMoment {
  /** A moment: a Date, or a text with its zone. */
  readonly to?: Date | string
  /** A position in the WAL. */
  readonly toLsn?: string
  /** A transaction: the lower 32 bits of its id. */
  readonly toXid?: string
  /** A restore point: pg_create_restore_point(). */
  readonly toName?: string
  /** Just before that table was dropped: `public.orders`. */
  readonly beforeDrop?: string
  /** Just before the logged statement that matches this regular expression. */
  readonly beforeStatement?: string
}

/** Where a restore ends: as far as the archive goes, or at a moment. */
export type RestoreTo = 'latest' | RestoreMoment

/** What a restore did. */
export interface TestRestore {
  /** Until the primary took writes. */
  readonly writableMs: number
  /** The backups that it began with, the full one first. */
  readonly backups: readonly string[]
  /** The transaction just before which it ends, where one was looked for. */
  readonly beforeXid: string | null
  /** What verification found; none of it failed. */
  readonly checks: readonly Check[]
}

/** PURE. */
export function wantedTarget(target: RestoreTo): WantedTarget {
  if (target === 'latest') return {to: 'latest'}
  const {to, ...others} = target
  if (to === undefined) return others
  return {...others, to: typeof to === 'string' ? to : to.toISOString()}
}

export async function backUp(
  ports: RecoveryPorts,
  {cluster}: Pick<ConnectedLab, 'cluster'>,
  {kind = 'full', from, content = false}: TestBackupOptions,
): Promise<BackupRecord> {
  return createBackup(ports, cluster, {
    kind,
    checkpoint: 'fast',
    compression: 'none',
    labels: [],
    pinned: false,
    content,
    ...(from === undefined ? {} : {from}),
  })
}

/** The copy of the data from before goes with the next one, and with the cluster. */
export async function restoreHere(ports: RecoveryPorts, lab: ConnectedLab, target: RestoreTo): Promise<TestRestore> {
  const wanted = wantedTarget(target)
  const request = await restoreRequest(wanted, lab.cluster)
  const shown = await prepareRestore(ports, lab.cluster, request, {how: 'look'})
  return restored(await restoreInPlace(ports, lab, shown, {discardCopy: true, wanted}))
}

/** `into`: another lab, which is left for a look where this fails. */
export async function restoreInto(
  ports: RecoveryPorts,
  source: ConnectedLab,
  target: RestoreTo,
  into: NewLab,
): Promise<{readonly lab: ConnectedLab; readonly did: TestRestore}> {
  const wanted = wantedTarget(target)
  const request = await restoreRequest(wanted, source.cluster)
  const shown = await planIntoNewLab(ports, source, request, into)
  const done = await restoreIntoNewLab(ports, source, shown, into, {wanted})
  return {lab: done.lab, did: restored(done)}
}

function restored({
  lab,
  restored: {offending},
  writableMs,
  checks,
  prepared,
}: RestoreDone & {readonly prepared: {readonly plan: {readonly chain: readonly BackupRecord[]}}}): TestRestore {
  const failed = checks.filter(({verdict}) => verdict === 'fail')
  if (failed.length > 0)
    throw new HlError(
      'RESTORE_FAILED',
      `lab ${lab.cluster.lab} is restored, and not as it should be: ` +
        failed.map(({name, detail}) => `${name}: ${detail}`).join('; '),
      {next: [hint('backups verify', {lab: lab.cluster.lab}), hint('logs', {lab: lab.cluster.lab})]},
    )
  return {
    writableMs,
    backups: prepared.plan.chain.map(({id}) => id),
    beforeXid: offending === null ? null : String(offending.xid),
    checks,
  }
}
