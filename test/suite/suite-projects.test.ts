import {globSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {expectedSeconds, projectFiles} from './suite-projects.ts'

const files = Object.fromEntries(
  Object.entries(projectFiles).map(([project, patterns]) => [project, globSync([...patterns])]),
)
const all = Object.values(files).flat()

describe('the projects', () => {
  it('hold every test file exactly once', () => {
    const found = globSync('{src,cli,scenarios,test,bench,docs,examples}/**/*.test.ts')
    expect(all.toSorted()).toEqual(found.toSorted())
  })

  it('know no time of a file that is gone', () => {
    expect(Object.keys(expectedSeconds).filter(path => !all.includes(path))).toEqual([])
  })
})
