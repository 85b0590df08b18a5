// PURE: the parts of `npm test`, and the table at its end.
import type {Shard} from './plan-shards.ts'
import {durationText} from './slowest-tests.ts'
import {projectFiles, type ProjectName} from './suite-projects.ts'

export interface Part {
  readonly name: string
  /** Program and words. */
  readonly command: readonly string[]
  /** Of a part that vitest runs. */
  readonly project: ProjectName | null
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface FinishedPart {
  readonly name: string
  readonly ms: number
  readonly exitCode: number
  readonly counts: Counts | null
}

const ofDay: readonly ProjectName[] = ['integration', 'e2e', 'e2e-timed']
const ofNight: readonly ProjectName[] = ['integration', 'e2e-nightly']

/**
 * In the order in which they run: what is quick to fail comes first. `nightly`: those that `npm test` leaves out, and
 * those that do more at night (at-night.ts).
 */
export function partsOf(shard: Shard | null, nightly = false): readonly Part[] {
  const quick: readonly Part[] = [
    {name: 'lint', command: ['npm', 'run', '--silent', 'lint'], project: null},
    {name: 'types', command: ['tsc', '--noEmit'], project: null},
    {name: 'unit', command: ['vitest', 'run', '--project', 'unit'], project: 'unit'},
  ]
  const words = shard === null ? [] : [`--shard=${shard.index}/${shard.count}`, '--passWithNoTests']
  const docker = (Object.keys(projectFiles) as ProjectName[])
    .filter(project => (nightly ? ofNight : ofDay).includes(project))
    .map(project => ({name: project, command: ['vitest', 'run', '--project', project, ...words], project}))
  return !nightly && (shard === null || shard.index === 1) ? [...quick, ...docker] : docker
}

/** The part of that name, or all; throws a plain Error that names what there is, so that nothing never passes. */
export function choosePart(parts: readonly Part[], only: string | undefined): readonly Part[] {
  const chosen = parts.filter(({name}) => only === undefined || name === only)
  if (chosen.length > 0) return chosen
  throw new Error(`--only ${only}: no such part to run here; there are ${parts.map(({name}) => name).join(', ')}`)
}

/** A line per part, and a last one in the form that continuous integration counts: `12 passed, 0 failed`. */
export function partTable(parts: readonly FinishedPart[]): string {
  const width = Math.max(5, ...parts.map(({name}) => name.length))
  const lines = parts.map(({name, ms, exitCode, counts}) => {
    const told = counts === null ? '' : `  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
    return `${name.padEnd(width)}  ${durationText(ms).padStart(8)}  ${exitCode === 0 ? 'ok' : `exit ${exitCode}`}${told}`
  })
  const total = (field: keyof Counts): number => parts.reduce((sum, {counts}) => sum + (counts?.[field] ?? 0), 0)
  const ms = parts.reduce((sum, part) => sum + part.ms, 0)
  return [
    ...lines,
    `${'total'.padEnd(width)}  ${durationText(ms).padStart(8)}`,
    '',
    `${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`,
  ].join('\n')
}
