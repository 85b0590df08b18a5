import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {dockerClient} from '../docker/docker.ts'
import {fail, ok, warn, type DoctorCheck} from './doctor-check.ts'
import {repairHost, toRepair} from './repair-host.ts'

describe('a repair of the host', () => {
  it('is made of the parts that a finding asks for, once each', () => {
    const checks = [
      fail('docker-engine', 'x', 'y', 'docker'),
      fail('docker-client', 'x', 'y', 'docker'),
      warn('images', 'x', 'y', 'images'),
      warn('disk', 'x', 'y'),
      ok('compose', 'x'),
    ]
    expect(toRepair(checks, new Set(['images']))).toEqual(['docker'])
  })

  it('goes on with what the last one brought to light, and ends where nothing helps', async () => {
    const seen: (readonly DoctorCheck[])[] = [
      [fail('docker-engine', 'x', 'y', 'docker')],
      [warn('images', 'x', 'y', 'images')],
      [warn('images', 'still', 'y', 'images')],
    ]
    const ran: string[] = []
    const docker = dockerClient(async () => Promise.reject(new Error('not asked for here')))
    const checks = await repairHost(
      docker,
      {
        nodeVersion: '24.0.0',
        conditions: async () => Promise.resolve([]),
        clock: new FakeClock(),
        run: async parts => void ran.push(parts.join(' ')),
        progress: () => undefined,
      },
      async () => seen.shift() ?? [],
    )
    expect([ran, checks.map(({detail}) => detail)]).toEqual([['docker', 'images'], ['still']])
  })
})
