// One name for a run of tests, in the name of everything that it makes in Docker, so that two checkouts may test at the
// same time on one engine, and what a run leaves can be told from what others made.
const variable = 'HL_TEST_RUN'

/** The workers inherit it from the process that starts them. */
export function runName(): string {
  return (process.env[variable] ??= `r${process.pid.toString(36)}`)
}

/** `name` as this run calls it. */
export const ownName = (name: string): string => `${name}-${runName()}`
