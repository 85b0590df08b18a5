// Random histories of one lab, each restored to random targets and compared with what was there. For tests only. Not
// here: how many, and how long they are (the files that call it), what is right (test/generated).
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {RecordedBackup} from '../../generated/recording.ts'
import {useLab} from '../use-lab.ts'
import {LiveCluster} from './live-cluster.ts'
import {prepareCluster} from './record-history.ts'
import {runHistory} from './run-history.ts'

/** HL_SEED wins over the first seed. */
export function randomHistories(
  lab: string,
  {seed, count, ...wish}: {readonly seed: number; readonly count: number} & Parameters<typeof runHistory>[2],
): void {
  const first = Number(process.env['HL_SEED'] ?? seed)
  const seeds = Array.from({length: count}, (_, index) => first + index)
  describe('random histories', () => {
    const {name} = useLab(lab, {profile: 'small', up: ['--nodes', '2', '--archive', 'command']})
    let live: LiveCluster
    let backups: readonly RecordedBackup[] = []
    beforeAll(async () => {
      live = await LiveCluster.open(name)
      backups = [await prepareCluster(live)]
    })
    afterAll(async () => live.close())

    test.each(seeds)('%i: what is restored is what was there', async one => {
      const run = await runHistory(live, one, wish, backups)
      backups = run.backups
      expect(run.wrong ?? '').toBe('')
    })
  })
}
