import {expect, it} from 'vitest'
import {lookAround, nothingChanged, type Scene} from './nothing-changed.ts'

const scene: Scene = {
  primary: 'pg1',
  timeline: 3,
  relations: ['hl.ledger in 1'],
  footprint: {own: ['pg1', 'pg1-data'], restored: []},
}
const left: Scene = {...scene, footprint: {...scene.footprint, restored: ['pg1 of lab-restored']}}
const without: Scene = {...scene, primary: null, relations: []}

it.each<readonly [string, Scene | null, Scene | null, boolean, string]>([
  ['nothing', scene, scene, false, 'pass'],
  ['the primary', scene, {...scene, primary: 'pg2'}, false, 'fail'],
  ['whether there is a primary', scene, without, false, 'fail'],
  ['the timeline', scene, {...scene, timeline: 4}, true, 'fail'],
  ['a table', scene, {...scene, relations: []}, true, 'fail'],
  ['a volume', scene, {...scene, footprint: {own: ['pg1'], restored: []}}, true, 'fail'],
  ['that there is a new lab', scene, left, false, 'fail'],
  ['only the lab that a restore gave up', scene, left, true, 'pass'],
  ['nobody knows what', null, scene, false, 'unknown'],
  ['nobody knows what, at the end', scene, null, false, 'unknown'],
  ['nothing that was there', without, without, false, 'unknown'],
  ['nothing that was listed', {...scene, relations: []}, {...scene, relations: []}, false, 'unknown'],
  ['nothing, the timeline not seen', {...scene, timeline: null}, {...scene, timeline: null}, false, 'unknown'],
])('%s changed', (_what, before, after, mayLeaveLab, verdict) =>
  expect(nothingChanged(before, after, mayLeaveLab).verdict).toBe(verdict),
)

it('what cannot be looked at is no scene', async () => {
  const world = {
    cluster: {state: async () => Promise.reject(new Error('no answer'))},
  } as unknown as Parameters<typeof lookAround>[0]
  expect(await lookAround(world)).toBeNull()
})
