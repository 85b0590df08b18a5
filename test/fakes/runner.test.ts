import {describe, expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import type {Scenario} from '../../src/model/scenario.ts'
import {fakeLab} from './fake-world.ts'

describe('the runner on the fake cluster', () => {
  it.each(Object.values<Scenario>(scenarios))('$name comes out as it must', async scenario => {
    const lab = await fakeLab(scenario)
    const result = await lab.run()
    const report = lab.judged(result)
    const bad = report.checks.filter(check => check.verdict !== 'pass')
    expect({ending: result.ending, undoFailures: result.undoFailures, healthy: result.healthy}).toEqual({ending: {kind: 'done'}, undoFailures: [], healthy: true})
    if (scenario.nature === 'control') expect([report.verdict, report.controlHeld, bad.map(check => check.name)]).toEqual(['fail', true, scenario.mustFail])
    else expect(bad).toEqual([])
  })
})
