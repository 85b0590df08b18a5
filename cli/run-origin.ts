// Whose run it is: what a person notes of it, and what git says of the working directory. Invariant: git is asked once,
// and whatever it is or says, the run goes on without it. Not here: where it is stored (src/experiment) and shown.
import {spawnSync} from 'node:child_process'
import type {Origin} from '../src/model/plan.ts'

/** A repository on a disk that hangs holds up no run. */
const withinMs = 2_000
/** Plumbing: no setting of a person changes what it prints, and it runs no hook and no pager. */
const lastCommit = ['rev-list', '--max-count=1', '--encoding=UTF-8', '--format=%an', 'HEAD']

/** undefined: nothing is known. `folder`: the working directory. */
export function runOrigin(note: string | undefined, folder: string): Origin | undefined {
  const noted = note?.trim() ?? ''
  const {status, stdout} = spawnSync('git', lastCommit, {cwd: folder, encoding: 'utf8', timeout: withinMs})
  const origin = {...(noted === '' ? {} : {note: noted}), ...(status === 0 ? parseCommit(stdout) : {})}
  return Object.keys(origin).length === 0 ? undefined : origin
}

/** PURE: `commit <hash>`, and its author on the next line. */
export function parseCommit(text: string): Pick<Origin, 'commit' | 'author'> {
  const [, commit, author = ''] = /^commit ([0-9a-f]{40,64})\n([^\n]*)/.exec(text) ?? []
  if (commit === undefined) return {}
  return {commit, ...(author.trim() === '' ? {} : {author: author.trim()})}
}
