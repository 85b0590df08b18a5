import {expect, it} from 'vitest'
import {leftOf} from './left-of.ts'

it('finds what carries the name of the run in its name or its label, and nothing else', () => {
  const listing = [
    'container hl-e2e-lab-r3f-pg1-1 hl.lab=e2e-lab-r3f,hl.service=pg1',
    'container hl-e2e-lab-r3fa-pg1-1 hl.lab=e2e-lab-r3fa',
    'container nameless hl.lab=it-knex-r3f',
    'container hl-drill-pg1-1 hl.lab=drill',
    'network hl-e2e-lab-r3f_default ',
    'volume hl-e2e-lab-r3f-restored_pg1-data ',
    'volume hl-r3_pg1-data ',
    '',
  ].join('\n')
  expect(leftOf('r3f', listing)).toEqual([
    'container hl-e2e-lab-r3f-pg1-1',
    'container nameless',
    'network hl-e2e-lab-r3f_default',
    'volume hl-e2e-lab-r3f-restored_pg1-data',
  ])
})
