// What a part of the benchmark of clusters for tests is run with. Vocabulary, no IO. Not here: what it gives back
// (../router/part.ts).
import type {Bench, Findings} from '../router/part.ts'

export interface TestingBench extends Bench {
  /** Where testcontainers is installed. */
  readonly testcontainers: string
}

export interface TestingPart {
  readonly name: string
  readonly about: string
  readonly run: (bench: TestingBench) => Promise<Findings>
}

/** In words, for the note below a table. */
export function targetText(name: string, value: number, limit: number, unit: string): string {
  const met = value <= limit ? 'met' : '**not met**'
  return `${name} ${value.toFixed(unit === 'x' ? 2 : 1)} ${unit} (${met}: at most ${limit} ${unit})`
}

export interface Stoppable {
  readonly stop: () => Promise<unknown>
}

export async function timed<T>(work: () => Promise<T>): Promise<{readonly ms: number; readonly value: T}> {
  const startedMs = performance.now()
  const value = await work()
  return {ms: performance.now() - startedMs, value}
}
