// Whose run it is, in words: the note of a person and the commit of the working directory. PURE. Not here: where they
// come from (the caller of an experiment).
import type {Report} from '../model/report.ts'
import type {Fact} from './setup-facts.ts'

/** As git abbreviates it, and long enough for a large repository. */
const hashShown = 12

/** What was noted, and the commit; nothing of a run that says neither. */
export function originFacts({origin}: Pick<Report, 'origin'>): readonly Fact[] {
  if (origin === undefined) return []
  const {note, commit, author} = origin
  const by = author === undefined ? '' : ` by ${author}`
  return [
    ...(note === undefined ? [] : [['note', note] as const]),
    ...(commit === undefined ? [] : [['commit', `${commit.slice(0, hashShown)}${by}`] as const]),
  ]
}
