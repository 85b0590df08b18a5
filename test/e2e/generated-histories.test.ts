// A dozen short histories, each restored to a random target; the same as nightly, which has two hundred longer ones.
import {randomHistories} from './generated/random-histories.ts'

randomHistories('e2e-dozen', {
  ...{seed: 1, count: 12, steps: 9, targets: 1},
  ...{backups: 0.4, switchovers: 0.1, crashes: 0, verified: 0, inPlace: 0},
})
