// Random histories of a cluster, with nodes that are killed, restored to random targets: all that it held then is
// there, or the restore is refused. HL_HISTORIES (200) says how many, HL_SEED which one is the first. One lab for all.
// Not here: what a history is, and what is right (test/generated).
import {randomHistories} from '../generated/random-histories.ts'

randomHistories('e2e-histories', {
  ...{seed: 1_001, count: Number(process.env['HL_HISTORIES'] ?? 200), steps: 26, targets: 4},
  ...{backups: 0.8, switchovers: 0.2, crashes: 0.05, verified: 0.3, inPlace: 0.1},
})
