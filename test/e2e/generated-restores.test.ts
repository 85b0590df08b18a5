// Random histories of a cluster, restored to random targets: all that it held then is there, or the restore is refused.
// Four here; more with HL_HISTORIES in nightly/generated-histories.test.ts. One lab for all.
// HL_SEED=<seed> repeats from that one on. Not here: what a history is, and what is right (test/generated).
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {RecordedBackup} from '../generated/recording.ts'
import {LiveCluster} from './generated/live-cluster.ts'
import {prepareCluster} from './generated/record-history.ts'
import {runHistory} from './generated/run-history.ts'
import {useLab} from './use-lab.ts'

const first = Number(process.env['HL_SEED'] ?? 1)
const seeds = Array.from({length: 4}, (_, index) => first + index)
const wish = {steps: 14, backups: 0.6, switchovers: 0.15, crashes: 0, targets: 2, verified: 0.1, inPlace: 0}

describe('random histories', () => {
  const lab = useLab('e2e-generated', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
  let live: LiveCluster
  let backups: readonly RecordedBackup[] = []
  beforeAll(async () => {
    live = await LiveCluster.open(lab.name)
    backups = [await prepareCluster(live)]
  })
  afterAll(async () => live.close())

  test.each(seeds)('%i: what is restored is what was there', async seed => {
    const run = await runHistory(live, seed, wish, backups)
    backups = run.backups
    expect(run.wrong ?? '').toBe('')
  })
})
