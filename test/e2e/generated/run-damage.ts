// One damage of the archive from its seed to its verdict: verified, listed, restored from, put back. For tests only.
// Invariants: damage is found, or harmless: what is restored is right all the same; what does not need the damaged file
// is restored as before; nothing ends in an error that a person cannot read.
import {HlError, type ErrorCode} from '../../../src/model/errors.ts'
import {listBackups} from '../../../src/recovery/list-backups.ts'
import {walOrderOf} from '../../../src/recovery/planned-wal.ts'
import {planCopy} from '../../../src/recovery/recovery-copy.ts'
import {restoreRequest} from '../../../src/recovery/restore-request.ts'
import {verifyBackups} from '../../../src/recovery/verify-backups.ts'
import {chanceOf} from '../../generated/chance.ts'
import {describeDamage, drawDamage, type Damage, type StoredFile} from '../../generated/damage.ts'
import type {Recording} from '../../generated/recording.ts'
import type {Target} from '../../generated/targets.ts'
import type {DamagedArchive} from './damage-archive.ts'
import type {LiveCluster} from './live-cluster.ts'
import {describeOutcome, restoreToOne} from './restore-target.ts'

/** A target, and what of the archive its restore reads while nothing is damaged. */
export interface NeededTarget {
  readonly target: Target
  /** Paths, or the beginnings of them. */
  readonly needs: readonly string[]
}

/** What a target needs, by the product's own plan. */
export async function whatItNeeds(live: LiveCluster, target: Target): Promise<NeededTarget> {
  const {cluster} = live.lab
  const prepared = await planCopy(live.ports, cluster, {at: await restoreRequest(target.wanted, cluster)})
  const {plan} = prepared
  return {
    target,
    needs: [
      ...plan.chain.map(({id}) => `backups/${id}/`),
      ...walOrderOf(prepared).flatMap(name => [`wal/${name}`, `wal/.${name}.`]),
    ],
  }
}

export interface DamageRun {
  /** By which of them it was found; none: it was harmless. */
  readonly found: readonly ('verify' | 'list' | 'restore')[]
  readonly wrong: string | null
}

export async function runDamage(
  live: LiveCluster,
  recording: Recording,
  archive: DamagedArchive,
  {
    seed,
    files,
    targets,
  }: {readonly seed: number; readonly files: readonly StoredFile[]; readonly targets: readonly NeededTarget[]},
): Promise<DamageRun> {
  const chance = chanceOf(seed)
  const damage = drawDamage(chance, files)
  const needed = chance.of(targets)
  const restoresFirst = chance.is(0.5)
  const found: ('verify' | 'list' | 'restore')[] = []
  const wrong: string[] = []
  const restore = async (): Promise<void> => {
    const outcome = await restoreToOne(live, recording, expectedUnder(damage, needed), isReadable)
    if (outcome.refused !== null) found.push('restore')
    if (outcome.wrong.length > 0) wrong.push(describeOutcome(outcome))
  }
  await archive.damage(damage)
  try {
    if (restoresFirst) await restore()
    const {verified, listed} = await look(live)
    found.push(...(verified ? ['verify' as const] : []), ...(listed ? ['list' as const] : []))
    if (damage.mustFind && !verified) wrong.push('a verification of all says nothing of it')
    if (!restoresFirst) await restore()
  } catch (error) {
    wrong.push(
      error instanceof HlError
        ? `${error.code}: ${error.message}`
        : String(error instanceof Error ? error.stack : error),
    )
  } finally {
    await archive.putBack()
  }
  const text = [`damage ${seed}: ${describeDamage(damage)}`, `found by ${found.join(', ') || 'nobody'}`, ...wrong]
  return {found, wrong: wrong.length > 0 ? text.join('\n') : null}
}

/** What needs nothing of it must be restored; what does may be refused, and never be wrong. */
function expectedUnder({paths}: Damage, {target, needs}: NeededTarget): Target {
  const {expect} = target
  const isTouched = paths.some(path => path.endsWith('.history') || needs.some(need => path.startsWith(need)))
  return expect.must === 'be-restored' && isTouched ? {...target, expect: {...expect, must: 'be-right'}} : target
}

/** A bug of hl's own is none of what a damaged archive may end in. */
const isReadable = (code: ErrorCode): boolean => code !== 'BUG'

async function look(live: LiveCluster): Promise<{readonly verified: boolean; readonly listed: boolean}> {
  const {cluster} = live.lab
  const request = {backup: undefined, decrypt: false, restore: false}
  const {results, wal, gaps, faults} = await verifyBackups(live.ports, cluster, request, () => undefined)
  const isBad = results.some(one => one.how === 'not-verified' || one.record.verified?.ok !== true)
  const listed = await listBackups(cluster)
  return {
    verified: isBad || wal.some(({damaged}) => damaged.length > 0) || gaps.length > 0 || faults.length > 0,
    listed: listed.gaps.length > 0 || listed.faults.length > 0,
  }
}
