import {existsSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import {passReport} from '../../test/golden/fixtures.ts'
import {refusalReport} from '../../test/golden/fixture-recovery.ts'
import {runbooksOf} from './scenario-runbooks.ts'

const isThere = (file: string): boolean => existsSync(new URL(`../../runbooks/${file}`, import.meta.url))

describe('runbooks of a report', () => {
  it.each(Object.keys(scenarios))('of %s are there', scenario => {
    const found = runbooksOf({...passReport, scenario})
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({file}) => !isThere(file))).toEqual([])
  })

  it('are also those of what was found, each once', () => {
    const acknowledged = {...passReport.splitBrain, acknowledgedMs: 5}
    expect(runbooksOf({...passReport, scenario: 'mine', splitBrain: acknowledged})).toEqual([
      {of: 'two primaries', file: 'split-brain.md'},
    ])
    expect(runbooksOf({...passReport, scenario: 'control-split-brain', splitBrain: acknowledged})).toHaveLength(1)
    expect(runbooksOf({...refusalReport, scenario: 'mine'})).toEqual([
      {of: 'ARCHIVE_GAP', file: 'errors/ARCHIVE_GAP.md'},
    ])
  })

  it('are none of a scenario that nobody knows, and of no code that has no page', () => {
    expect(runbooksOf({...passReport, scenario: 'mine'})).toEqual([])
    const failed = {kind: 'step.failed', atMs: 1, step: 0, label: 'x', code: '../../evil', message: 'x'} as const
    expect(runbooksOf({...passReport, scenario: 'mine', events: [failed]})).toEqual([])
  })
})
