// Names that no other test draws, on this machine or another, and seeds. Not here: which ports and which network a lab
// gets (src/lab/lifecycle/placement-lock.ts).
import {randomBytes, randomInt} from 'node:crypto'

/** For a lab: `test-` and twelve digits. */
export const drawLabName = (): string => `test-${randomBytes(6).toString('hex')}`

/** Begins the ids of one load. */
export const drawRunName = (): string => `t${randomBytes(5).toString('hex')}`

/** Of 256 values, for the names of folders, which are drawn again where one is taken. */
export const chance = {next: (): number => randomInt(256) / 256}

export const drawSeed = (): number => randomInt(1, 100_000)
