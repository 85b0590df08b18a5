// How a run ends that cannot end well: what was changed and stays so is said, and Ctrl-C is heard until the end.
import {describe, expect, it} from 'vitest'
import {failoverScenarios as scenarios} from '../../scenarios/index.ts'
import {HlError} from '../../src/model/errors.ts'
import {fakeLab} from './fake-world.ts'

describe('settings that cannot be restored after a preparation', () => {
  it.each([
    ['that was interrupted', true],
    ['that failed', false],
  ])('%s are HEAL_FAILED', async (_what, interrupt) => {
    const lab = await fakeLab(scenarios['control-lagging-standby'])
    lab.load.prepare = async () => {
      lab.cluster.broken.add('applySettings')
      if (interrupt) lab.interrupt.abort('SIGINT')
      return Promise.reject(new HlError('LAB_UNHEALTHY', 'no tables', {next: ['look']}))
    }
    await expect(lab.run()).rejects.toMatchObject({
      code: 'HEAL_FAILED',
      message: expect.stringContaining('could not undo settings: applySettings failed') as string,
    })
    expect(lab.cluster.ha.settings.synchronousMode).toBe('off')
  })
})
