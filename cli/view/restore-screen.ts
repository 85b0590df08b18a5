// The plan of a restore, and what came of it, as text. PURE.
import {describeTarget} from '../../src/backup/restore/parse-target.ts'
import {describeCandidate, type RestoredData} from '../../src/backup/restore/restore-data.ts'
import {formatLsn} from '../../src/model/lsn.ts'
import {formatMs} from '../../src/model/time.ts'
import type {Check} from '../../src/model/verdict.ts'
import {formatBytes, plural} from '../../src/model/quantity.ts'
import type {BarrierPlan} from '../../src/recovery/plan-to-barrier.ts'
import type {PreparedRestore} from '../../src/recovery/prepare-restore.ts'
import type {RestoredToBarrier} from '../../src/recovery/restore-to-barrier.ts'

/** What will be done, before it is. */
export function restorePlanScreen({plan, request}: PreparedRestore): string {
  const {damage, target} = request
  const goal =
    damage === null
      ? describeTarget(target)
      : damage.kind === 'drop'
        ? `just before ${damage.table} was dropped; the transaction is looked for in the copy`
        : `just before the statement that matches ${String(damage.pattern)}; the transaction is looked for in the copy`
  return [
    `target     ${goal}`,
    `backup     ${plan.chain.map(({id}) => id).join(' + ')} ` +
      `(${formatBytes(plan.chain.reduce((sum, {bytes}) => sum + bytes.stored, 0))})`,
    `why        ${plan.why}`,
    `wal        ${plural(plan.wal.segments, 'file')}, ${plan.wal.first} to ${plan.wal.last} ` +
      `(${formatBytes(plan.wal.bytes)}), all there`,
    `lost       ${damage === null ? plan.losses : 'everything that was committed after the bad transaction'}`,
    `never      rows of unlogged tables, replication slots and temporary tables come back from no backup`,
  ].join('\n')
}

/** The same of all shards, one after the other. */
export function barrierPlanScreen({barrier, shards}: BarrierPlan): string {
  const moves = new Set(barrier.positions.flatMap(position => position.moves))
  return [
    `barrier    ${barrier.name}, taken at ${barrier.takenAt}`,
    ...(moves.size === 0
      ? []
      : [`moves      ${[...moves].join(', ')} was under way, and is to be ended in the restored lab`]),
    ...shards.flatMap(({shard, prepared}) => ['', `shard      ${shard}`, restorePlanScreen(prepared)]),
  ].join('\n')
}

/** What was done of it. */
export function restoredShardsScreen({lab, barrier, restored, writableMs, checks}: RestoredToBarrier): string {
  const ends = [...restored].map(([shard, {endLsn}]) => `${shard} up to ${formatLsn(endLsn)}`)
  return [
    `lab ${lab.cluster.lab} is restored to barrier ${barrier.name}: ${ends.join(', ')}; its primaries took writes ` +
      `after ${formatMs(writableMs)}`,
    ...checkLines(checks),
  ].join('\n')
}

/** What was done; `restored` null: by a command before this one. */
export function restoredScreen(
  lab: string,
  restored: RestoredData | null,
  writableMs: number,
  checks: readonly Check[],
): string {
  return [
    ...(restored === null ? [`lab ${lab} is restored, and goes on`] : restoredLines(lab, restored, writableMs)),
    ...checkLines(checks),
  ].join('\n')
}

function checkLines(checks: readonly Check[]): readonly string[] {
  const passed = checks.filter(({verdict}) => verdict === 'pass')
  return [
    `checks     ${passed.length} of ${checks.length} passed`,
    ...checks.map(
      ({name, verdict, detail}) => `  ${{pass: 'ok  ', fail: 'FAIL', unknown: '?   '}[verdict]} ${name}: ${detail}`,
    ),
  ]
}

function restoredLines(lab: string, restored: RestoredData, writableMs: number): readonly string[] {
  const {endLsn, lastCommit, offending, said} = restored
  return [
    `lab ${lab} is restored up to ` +
      `${formatLsn(endLsn)}${lastCommit === null ? '' : `, last commit ${lastCommit}`}; its primary took writes ` +
      `after ${formatMs(writableMs)}`,
    ...(offending === null ? [] : [`left out: ${describeCandidate(offending)}`]),
    ...said.map(line => `PostgreSQL: ${line}`),
  ]
}
