// A seed for a run that was given none; it is printed, so that the run can be repeated.
import {randomInt} from 'node:crypto'

/** Short enough to type. */
export function drawSeed(): number {
  return randomInt(1, 100_000)
}
