// What a runbook is: what it is about, and the blocks that a person, or hl, carries out in order. Invariant: plain
// data. Not here: how it is read from Markdown (parse-runbook.ts), how it is followed (follow.ts).

/** In the order of their urgency. */
export const severities = ['critical', 'warning', 'info', 'none'] as const
export type Severity = (typeof severities)[number]

/** What a runbook says of itself before its first word. */
export interface FrontMatter {
  readonly alerts: readonly string[]
  readonly severity: Severity
  /** The scenario that breaks a lab in the way that it is for; null: none does. */
  readonly scenario: string | null
  /** Why there is none; null where there is one. */
  readonly unrehearsed: string | null
  /** Who is hit, one sentence. */
  readonly blast: string
  /** How long it may take until all is well. */
  readonly budgetMs: number
  /** Ways that it can go, of which a person chooses; the first is the one of its scenario. */
  readonly cases: readonly string[]
}

/**
 * Where a block is carried out: `host`: the machine of whoever reads, with hl; `any`: a member that runs; a service by
 * its name, or a placeholder for one.
 */
export type Place = string

/** What a block does to the cluster; `destroys`: it cannot be taken back. */
export const effects = ['reads', 'changes', 'destroys'] as const
export type Effect = (typeof effects)[number]

/** A text that the output holds or must not hold; as a regular expression where it was written between slashes. */
export interface Expectation {
  readonly text: string
  readonly form: 'text' | 'pattern'
  readonly holds: boolean
}

export interface Block {
  /** Line of the fence in the file, from 1. */
  readonly line: number
  /** The heading that it stands under. */
  readonly section: string
  readonly language: 'sh' | 'sql'
  readonly text: string
  readonly on: Place
  readonly effect: Effect
  /** `machines`: as it is done where no container is; not carried out on a lab. `lab`: the same the other way round. */
  readonly audience: 'everybody' | 'lab' | 'machines'
  /** Carried out only where this case was chosen; null: always. */
  readonly inCase: string | null
  readonly exitCode: number
  /** Repeated so long until it is as expected; null: asked once. Never of one that changes something. */
  readonly retryMs: number | null
  readonly timeoutMs: number
  readonly expect: readonly Expectation[]
}

export interface Section {
  readonly title: string
  readonly line: number
}

export interface Runbook {
  /** The name of its file, without the ending. */
  readonly name: string
  readonly path: string
  readonly title: string
  readonly front: FrontMatter
  readonly sections: readonly Section[]
  readonly blocks: readonly Block[]
}

/** What is wrong with a file, for lint. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly problem: string
}

/** Placeholders (`<node>`) of a block, without the brackets; those of the place first. PURE. */
export function placeholdersOf({on, text}: Pick<Block, 'on' | 'text'>): readonly string[] {
  return [...new Set([...`${on}\n${text}`.matchAll(/<([a-z][a-z-]*)>/g)].map(([, name = '']) => name))]
}

/** The text with values in the place of its placeholders; one without a value stays. PURE. */
export function withValues(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<([a-z][a-z-]*)>/g, (whole, name: string) => values[name] ?? whole)
}
