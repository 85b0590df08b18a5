// What a control plants is there for the final read, and is taken away after it, whatever ends the run. Not here: what
// is planted (src/experiment/shard-deeds.ts).
import {describe, expect, it} from 'vitest'
import {shardScenarios} from '../../scenarios/index.ts'
import {fakeLab} from './fake-world.ts'

const scenario = shardScenarios['control-row-misplaced']

async function walked({interrupted = false, fails = false}: {interrupted?: boolean; fails?: boolean} = {}) {
  const lab = await fakeLab(scenario)
  const did: string[] = []
  const final = lab.load.finalState.bind(lab.load)
  lab.load.finalState = async () => {
    did.push('final read')
    return final()
  }
  const result = await lab.run({
    ...lab.world,
    plant: what => ({
      plant: async () => {
        did.push(`planted ${what}`)
        if (interrupted) lab.interrupt.abort('SIGINT')
        if (fails) throw new Error('half way')
        return Promise.resolve('there')
      },
      remove: async () => {
        did.push('removed')
        return Promise.resolve()
      },
    }),
  })
  return {did, result}
}

describe('what a control plants', () => {
  it('is seen by the final read and then taken away', async () => {
    expect((await walked()).did).toEqual(['planted row-on-wrong-shard', 'final read', 'removed'])
  })
  it('is taken away after Ctrl-C too', async () => {
    const {did, result} = await walked({interrupted: true})
    expect([did, result.ending.kind]).toEqual([['planted row-on-wrong-shard', 'removed'], 'interrupted'])
  })
  it('is taken away when it was planted by half', async () => {
    const {did, result} = await walked({fails: true})
    expect([did, result.ending.kind]).toEqual([['planted row-on-wrong-shard', 'final read', 'removed'], 'failed'])
  })
})
