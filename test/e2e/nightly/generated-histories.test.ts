// Random histories of a cluster, with nodes that are killed, restored to random targets: all that it held then is
// there, or the restore is refused. HL_HISTORIES (200) says how many, HL_SEED which one is the first. One lab for all.
// Not here: what a history is, and what is right (test/generated).
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {RecordedBackup} from '../../generated/recording.ts'
import {LiveCluster} from '../generated/live-cluster.ts'
import {prepareCluster} from '../generated/record-history.ts'
import {runHistory} from '../generated/run-history.ts'
import {useLab} from '../use-lab.ts'

const first = Number(process.env['HL_SEED'] ?? 1_001)
const count = Number(process.env['HL_HISTORIES'] ?? 200)
const seeds = Array.from({length: count}, (_, index) => first + index)
const wish = {steps: 26, backups: 0.8, switchovers: 0.2, crashes: 0.05, targets: 4, verified: 0.3, inPlace: 0.1}

describe('random histories', () => {
  const lab = useLab('e2e-histories', {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
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
