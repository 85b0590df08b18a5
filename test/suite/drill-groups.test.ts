import {expect, it} from 'vitest'
import {recoveryNames} from '../../scenarios/index.ts'
import {drillGroups} from '../e2e/drill-groups.ts'

it('every drill is run for real by exactly one test', () => {
  expect(Object.values(drillGroups).flat().toSorted()).toEqual(recoveryNames.toSorted())
})
