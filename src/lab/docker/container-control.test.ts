import {expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {command} from './container-control.ts'
import {dockerClient} from './docker.ts'

const frozen = ''
const forking = 'Cannot pause container x: OCI runtime pause failed: unable to freeze: unknown'
const gone = 'Error response from daemon: No such container: x'

/** Pauses a container whose engine answers so, one after the other and then with the last; how often it was asked. */
async function pause(...answers: readonly string[]): Promise<{readonly becomes: string; readonly asked: number}> {
  const clock = new FakeClock()
  let asked = 0
  const docker = dockerClient(async () => {
    const stderr = answers[Math.min(asked++, answers.length - 1)] ?? ''
    return Promise.resolve({exitCode: stderr === '' ? 0 : 1, stdout: '', stderr, timedOut: false, missing: false})
  })
  const becomes = await clock.run(
    command(docker, clock, 'x', 'pause').then(
      () => 'paused',
      (error: unknown) => String(Reflect.get(Object(error), 'code')),
    ),
  )
  return {becomes, asked}
}

it('a container whose processes fork just then is asked again until it is frozen', async () =>
  expect(await pause(forking, forking, frozen)).toEqual({becomes: 'paused', asked: 3}))

it('one that never can be frozen ends by the deadline, with what the engine said', async () => {
  const {becomes, asked} = await pause(forking)
  expect(becomes).toBe('DOCKER_COMMAND_FAILED')
  expect(asked).toBeGreaterThan(10)
})

it('any other refusal is told at once', async () =>
  expect(await pause(gone, frozen)).toEqual({becomes: 'DOCKER_COMMAND_FAILED', asked: 1}))
