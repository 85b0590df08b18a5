import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {temporaryFolder} from '../test/temporary-folder.ts'
import {parseCommit, runOrigin} from './run-origin.ts'

const folder = (): string => temporaryFolder('origin')

/** A repository with one commit, and its hash. */
function repository() {
  const at = folder()
  const git = (...words: readonly string[]): string => {
    const {status, stdout, stderr} = spawnSync('git', ['-C', at, ...words], {encoding: 'utf8'})
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  git('init', '-q')
  const who = ['-c', 'user.name=Ada Lovelace', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false']
  git(...who, 'commit', '-q', '--allow-empty', '-m', 'first')
  return {at, commit: git('rev-parse', 'HEAD')}
}

afterEach(() => vi.unstubAllEnvs())

describe('the origin of a run', () => {
  it('is the note, the commit and its author', () => {
    const {at, commit} = repository()
    expect(runOrigin(' before the change ', at)).toEqual({note: 'before the change', commit, author: 'Ada Lovelace'})
  })

  it('is the note alone, or nothing, where there is no repository', () => {
    vi.stubEnv('GIT_CEILING_DIRECTORIES', tmpdir())
    expect(runOrigin('why', folder())).toEqual({note: 'why'})
    expect(runOrigin(undefined, folder())).toBeUndefined()
    expect(runOrigin('  ', folder())).toBeUndefined()
  })

  it('is nothing where git is broken, missing, or has no commit yet', () => {
    const {at} = repository()
    writeFileSync(join(at, '.git', 'HEAD'), 'nonsense')
    expect(runOrigin(undefined, at)).toBeUndefined()
    const empty = folder()
    spawnSync('git', ['-C', empty, 'init', '-q'])
    expect(runOrigin(undefined, empty)).toBeUndefined()
    const {at: sound} = repository()
    vi.stubEnv('PATH', '')
    expect(runOrigin(undefined, sound)).toBeUndefined()
  })

  it('is not made of what is no commit', () => {
    expect(parseCommit('commit 12\nAda\n')).toEqual({})
    expect(parseCommit(`commit ${'a'.repeat(40)}\n\n`)).toEqual({commit: 'a'.repeat(40)})
  })
})
