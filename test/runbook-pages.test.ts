// Every page of runbooks/ is followed on a real lab by the nightly tests. Not here: following them
// (e2e/nightly/runbooks.test.ts).
import {describe, expect, it} from 'vitest'
import {scenarios} from '../scenarios/index.ts'
import {allRunbooks} from '../src/runbooks/read-runbooks.ts'
import {rehearsalProblem} from '../src/runbooks/rehearse.ts'
import {clusterPages, rehearsedPages} from './e2e/runbooks/cluster-pages.ts'
import {shardPages} from './e2e/runbooks/shard-pages.ts'
import type {Scenario} from '../src/model/scenario.ts'

const all = allRunbooks().map(({runbook}) => runbook)
const run = [...clusterPages, ...shardPages]

describe('the pages of runbooks', () => {
  it('are each followed on a lab', () => {
    const followed = new Set<string>([...rehearsedPages, ...run.map(({runbook}) => runbook)])
    expect([...followed].toSorted()).toEqual(all.map(({name}) => name).toSorted())
  })

  it('that a scenario can break a lab for are rehearsed, and no others', () => {
    const known: readonly Scenario[] = Object.values(scenarios)
    const can = all.filter(
      runbook => rehearsalProblem(runbook, known.find(({name}) => name === runbook.front.scenario) ?? null) === null,
    )
    expect([...rehearsedPages].toSorted()).toEqual(can.map(({name}) => name).toSorted())
  })

  it('have a block that is carried out on a lab, and one that says how to verify', () => {
    const without = all.filter(({blocks}) => {
      const own = blocks.filter(({audience}) => audience !== 'machines')
      return (
        !own.some(({section}) => section.startsWith('Verify')) || !own.some(({section}) => section.startsWith('Act'))
      )
    })
    expect(without.map(({name}) => name)).toEqual([])
  })

  it.each(run)('$runbook, $what: is in the table once', ({runbook, what}) =>
    expect(run.filter(one => one.runbook === runbook && one.what === what)).toHaveLength(1),
  )
})
