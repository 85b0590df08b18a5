// PURE: what took longest, as lines. Not here: where the durations come from (slowest-reporter.ts).

export interface TestDuration {
  readonly project: string
  readonly file: string
  readonly name: string
  readonly ms: number
}

export interface FileDuration {
  readonly project: string
  /** Of the whole file: its hooks too, which bring labs up and down. */
  readonly ms: number
}

/** `4.2 s`, `3m 07s`. */
export function durationText(ms: number): string {
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

/** Per project: what its files took together, and its slowest tests. */
export function slowestLines(
  tests: readonly TestDuration[],
  files: readonly FileDuration[],
  most = 10,
): readonly string[] {
  const projects = [...new Set(files.map(({project}) => project))].sort()
  return projects.flatMap(project => {
    const own = tests.filter(test => test.project === project).sort((a, b) => b.ms - a.ms)
    const ofProject = files.filter(file => file.project === project)
    const totalMs = ofProject.reduce((sum, {ms}) => sum + ms, 0)
    const slowest = own.slice(0, most)
    return [
      `${project}: ${ofProject.length} files took ${durationText(totalMs)} together; slowest of ${own.length} tests:`,
      ...slowest.map(({ms, file, name}) => `  ${durationText(ms).padStart(7)}  ${file} > ${name}`),
    ]
  })
}
