// What a benchmark of several parts does with them: finds those that are asked for, runs each with its own way back,
// stores what it found. Invariant: what a part started is taken away, whatever ends it. Not here: the parts, their
// flags.
import {UndoStack, type Undo} from './router/undo.ts'

export interface NamedPart {
  readonly name: string
  readonly about: string
}

/** The parts of these names; throws with all that there are. */
export function partsOf<Part extends NamedPart>(names: readonly string[], parts: readonly Part[]): readonly Part[] {
  return names.map(name => {
    const part = parts.find(each => each.name === name)
    if (part === undefined)
      throw new Error(
        `there is no part ${name}; there are:\n${parts.map(each => `  ${each.name}: ${each.about}`).join('\n')}`,
      )
    return part
  })
}

/** Runs `work`; Ctrl-C takes away what it started. */
export async function runPart(
  {name}: NamedPart,
  work: (undo: Undo, tell: (text: string) => void) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(0)} s`
  const undo = new UndoStack(text => tell(`${name}: ${text}`))
  const release = undo.runOnSignals()
  try {
    await work(undo, text => tell(`${name}, ${seconds()}: ${text}`))
  } finally {
    await undo.run()
    release()
  }
  tell(`${name}: took ${seconds()}`)
}

/** A whole number above zero. */
export function countOf(flag: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error(`${flag} is ${text}: a whole number above zero is wanted`)
  return count
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
