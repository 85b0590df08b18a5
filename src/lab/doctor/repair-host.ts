// Repairs what the set-up script can, and looks again. What is repaired may bring more to light: without an engine
// nobody asked for its images. Invariant: no part runs twice.
import type {Docker} from '../docker/docker.ts'
import {examineHost, type DoctorOptions} from './doctor.ts'
import type {DoctorCheck} from './doctor-check.ts'

export interface RepairOptions extends DoctorOptions {
  /** Runs parts of the set-up script (run-setup.ts). */
  readonly run: (parts: readonly string[]) => Promise<void>
  readonly progress: (text: string) => void
}

/** The findings after the last repair. */
export async function repairHost(
  docker: Docker,
  {run, progress, ...options}: RepairOptions,
  examine: typeof examineHost = examineHost,
): Promise<readonly DoctorCheck[]> {
  const tried = new Set<string>()
  let checks = await examine(docker, options)
  for (let parts = toRepair(checks, tried); parts.length > 0; parts = toRepair(checks, tried)) {
    progress(`repairing: ${parts.join(', ')}`)
    await run(parts)
    for (const part of parts) tried.add(part)
    checks = await examine(docker, options)
  }
  return checks
}

/** PURE: parts of the set-up script that would repair a finding and were not run yet. */
export function toRepair(checks: readonly DoctorCheck[], tried: ReadonlySet<string>): readonly string[] {
  const parts = checks.flatMap(({fixable, status}) =>
    fixable === null || status === 'ok' || tried.has(fixable) ? [] : [fixable],
  )
  return [...new Set(parts)]
}
