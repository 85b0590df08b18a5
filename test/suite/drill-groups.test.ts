import {expect, it} from 'vitest'
import {drillNames} from '../../scenarios/drills.ts'
import {drillGroups} from '../e2e/drill-groups.ts'

it('every drill is run for real by exactly one test', () => {
  expect(Object.values(drillGroups).flat().toSorted()).toEqual(drillNames.toSorted())
})
