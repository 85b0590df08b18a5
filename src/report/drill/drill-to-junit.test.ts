import {describe, expect, it} from 'vitest'
import {lossDrill, lossRun, refusalRun, rewindDrill, rewindRun} from '../../../test/build-drill.ts'
import {structureOf} from '../../../test/markup-structure.ts'
import {judgeDrill} from '../../measure/drill/judge-drill.ts'
import {drillToJunit} from './drill-to-junit.ts'

const junit = (run: Parameters<typeof judgeDrill>[0]): string => drillToJunit(judgeDrill(run))

describe('JUnit of a drill', () => {
  it('turns fail into a failure and unknown into an error', () => {
    const xml = junit(lossRun({verification: []}, {}, {...lossDrill, objectives: {lostWritesMax: 4, rtoMsMax: 12_000}}))
    expect(xml).toContain('failures="2" errors="1"')
    expect(xml).toContain(
      '<failure message="5, at most 4 owed" type="fail">5, at most 4 owed\nrepeat: hl drill --scenario lose-cluster --seed 7</failure>',
    )
    expect(xml).toContain('classname="hl.drill.lose-cluster.objective" name="RTO"')
  })

  it('of a refusal names the code, and is no failure when hl refused', () => {
    const xml = junit(refusalRun())
    expect(xml).toContain('tests="3" failures="0" errors="0"')
    expect(xml).toContain('<property name="refusedWith" value="ARCHIVE_GAP">')
    expect(junit(refusalRun({refusal: null}))).toContain('failures="1"')
  })

  it('turns a control that held round, and not one that did not', () => {
    const control = {...rewindDrill, nature: 'control', mustFail: ['precision']} as const
    const ids = rewindRun().record.final?.ledgerIds ?? []
    expect(junit(rewindRun({}, {ledgerIds: ids.slice(1)}, control))).toContain('failures="0"')
    expect(junit(rewindRun({}, {}, control))).toContain('<failure message="exactly the checks')
    expect(junit(rewindRun())).toContain('<property name="collateral" value="394">')
  })

  it('is read by a strict reader whatever the text', () => {
    const evil = '"><x>&\u0000\u001b'
    expect(() => structureOf(junit(refusalRun({refusal: {code: evil, message: evil, next: [evil]}})))).not.toThrow()
  })
})
