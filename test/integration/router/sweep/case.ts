// The data that the sweep runs over: what a case is, and where it is run. For tests only. Not here: the cases
// (topics/), how a place runs them (places.ts).
import type {Nature} from './natures.ts'

/** A statement as pg takes it; `submit` is for what sends itself. */
export type Step =
  | string
  | {
      readonly text: string
      readonly values?: readonly unknown[]
      readonly name?: string
      readonly rowMode?: 'array'
      readonly submit?: 'cursor' | 'stream' | 'copy-from' | 'copy-to'
      /** Of copy-from. */
      readonly input?: string
    }

export interface Case {
  /** Unique; by default its statements. */
  readonly id: string
  /** Run one after the other on one client, until one fails. */
  readonly steps: readonly Step[]
  /** What its values are that cannot be the same twice. */
  readonly nature?: Nature
  /** Made, as the application's role on the primary, after the router has read the catalogue. */
  readonly before?: readonly string[]
  /** It changes its session in a way that no text shows, which stays with the connection as in pg.Pool. */
  readonly leaves?: true
  /** Takes away what resetting the state does not: roles, settings of a role. */
  readonly after?: readonly string[]
}

/** A group of cases of one topic. */
export interface Topic {
  readonly name: string
  readonly cases: readonly Case[]
}

type Given = string | Step | readonly Step[]
type More = Partial<Omit<Case, 'steps'>>

export function textOf(step: Step): string {
  return typeof step === 'string' ? step : step.text
}

function idOf(step: Step): string {
  if (typeof step === 'string') return step
  const {text, values, ...rest} = step
  const shown = values === undefined ? '' : ` <- ${JSON.stringify(values).slice(0, 60)}`
  return `${text.slice(0, 120)}${shown}${Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`}`
}

export function caseOf(given: Given, more: More = {}): Case {
  const steps = typeof given === 'string' || !Array.isArray(given) ? [given as Step] : (given as readonly Step[])
  return {id: steps.map(idOf).join(' ; '), steps, ...more}
}

/** A topic of statements that need nothing else beside them. */
export function topic(name: string, cases: readonly (Given | Case)[]): Topic {
  return {name, cases: cases.map(given => (isCase(given) ? given : caseOf(given)))}
}

function isCase(given: Given | Case): given is Case {
  return typeof given === 'object' && 'steps' in given
}
