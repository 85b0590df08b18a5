// Random damage of an archive: bits, pages, whole files, files that change places, in WAL, hashes, histories, catalog
// and backups. It is found, or harmless; never silent. HL_DAMAGES (200) says how many, HL_SEED which one is the first.
// Not here: which damage there is (test/generated/damage.ts).
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {createBackup} from '../../../src/recovery/create-backup.ts'
import {chanceOf} from '../../generated/chance.ts'
import type {StoredFile} from '../../generated/damage.ts'
import type {Recording} from '../../generated/recording.ts'
import {targetsOf} from '../../generated/targets.ts'
import {writeHistory} from '../../generated/write-history.ts'
import {DamagedArchive} from '../generated/damage-archive.ts'
import {LiveCluster} from '../generated/live-cluster.ts'
import {prepareCluster, recordHistory} from '../generated/record-history.ts'
import {runDamage, whatItNeeds, type NeededTarget} from '../generated/run-damage.ts'
import {useLab} from '../use-lab.ts'

const first = Number(process.env['HL_SEED'] ?? 1)
const count = Number(process.env['HL_DAMAGES'] ?? 200)
const seeds = Array.from({length: count}, (_, index) => first + index)
const history = writeHistory(first, {steps: 40, backups: 1, switchovers: 0.4, crashes: 0})

describe('random damage', () => {
  const lab = useLab('e2e-damage', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  let live: LiveCluster
  let recording: Recording
  let archive: DamagedArchive
  let files: readonly StoredFile[] = []
  let targets: readonly NeededTarget[] = []

  beforeAll(async () => {
    live = await LiveCluster.open(lab.name)
    const full = await prepareCluster(live)
    // Before the history: hl's role may not read large objects of others.
    const wanted = {
      kind: 'logical',
      checkpoint: 'fast',
      compression: 'none',
      labels: [],
      pinned: false,
      content: false,
    } as const
    const {systemIdentifier} = await createBackup(live.ports, live.lab.cluster, wanted)
    recording = await recordHistory(live, history, [full])
    const reachable = targetsOf(recording).filter(
      ({expect: is, kind}) => is.must === 'be-restored' && !kind.startsWith('before'),
    )
    const needed: NeededTarget[] = []
    for (const target of chanceOf(first).some(reachable, 12)) needed.push(await whatItNeeds(live, target))
    targets = needed
    archive = new DamagedArchive(live, systemIdentifier)
    await archive.keep()
    files = await archive.files()
  }, 600_000)
  // The lab goes with all that was made in it.
  afterAll(async () => live.close())

  test.each(seeds)('%i is found, or harmless', async seed => {
    const {wrong} = await runDamage(live, recording, archive, {seed, files, targets})
    expect(wrong ?? '').toBe('')
  })
})
