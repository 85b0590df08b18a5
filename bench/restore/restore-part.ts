// What a part of the restore benchmark is run with. Vocabulary, no IO. Not here: what it gives back
// (../router/part.ts).
import type {Bench, Findings} from '../router/part.ts'

export interface RestoreBench extends Bench {
  /** 1: the sizes that the figures are published with; less for a look whether it works. */
  readonly scale: number
}

export interface RestorePart {
  readonly name: string
  readonly about: string
  readonly run: (bench: RestoreBench) => Promise<Findings>
}
