import {describe, expect, it} from 'vitest'
import {dockerFailure, execFailure, isNameTaken, type DockerOutcome} from './docker-failure.ts'

const failed = (stderr: string, exitCode: number | null = 1): DockerOutcome => ({
  exitCode,
  stdout: '',
  stderr,
  timedOut: false,
  missing: false,
})

describe('what a failed docker command means', () => {
  it.each([
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'DOCKER_UNREACHABLE',
    ],
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
      'DOCKER_UNREACHABLE',
    ],
    [
      'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct',
      'DOCKER_UNREACHABLE',
    ],
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'", 'COMPOSE_MISSING'],
    ["unknown shorthand flag: 'p' in -p", 'COMPOSE_MISSING'],
    [
      'Error response from daemon: driver failed programming external connectivity: Bind for 127.0.0.1:24321 failed: port is already allocated',
      'PORT_IN_USE',
    ],
    ['listen tcp4 127.0.0.1:24321: bind: address already in use', 'PORT_IN_USE'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'DISK_FULL'],
    ['Error response from daemon: No such image: hl-postgres:17', 'IMAGE_MISSING'],
    ['something else', 'DOCKER_COMMAND_FAILED'],
  ])('%s', (stderr, code) => {
    const failure = dockerFailure(['ps'], failed(stderr))
    expect(failure?.code).toBe(code)
    expect(failure?.next.length).toBeGreaterThan(0)
  })

  it('is nothing when it succeeded', () => expect(dockerFailure(['ps'], failed('a warning', 0))).toBeNull())
  it('is a missing client when there is none', () =>
    expect(dockerFailure(['ps'], {...failed('', null), missing: true})?.code).toBe('DOCKER_MISSING'))
  it('is a timeout with what was last seen', () => {
    const failure = dockerFailure(['compose', 'up'], {...failed('pulling\nstill pulling', null), timedOut: true})
    expect(failure?.code).toBe('TIMEOUT')
    expect(failure?.message).toContain('still pulling')
  })
  it('names the port that is taken', () =>
    expect(
      dockerFailure(['start', 'x'], failed('Bind for 127.0.0.1:24321 failed: port is already allocated'))?.message,
    ).toContain('24321'))
})

describe('docker exec', () => {
  it('leaves the exit code of the command to the caller', () =>
    expect(execFailure(['exec'], failed('psql: error: connection refused', 2))).toBeNull())
  it.each([
    'Error response from daemon: Container abc is not running',
    'Error response from daemon: Container abc is paused, unpause the container before exec',
    'Error: No such container: abc',
  ])('fails: %s', stderr => {
    expect(execFailure(['exec'], failed(stderr))?.code).toBe('DOCKER_COMMAND_FAILED')
  })
  it('fails when it was ended', () =>
    expect(execFailure(['exec'], {...failed('', null), timedOut: true})?.code).toBe('TIMEOUT'))
})

describe('a taken name', () => {
  it('is told from other failures', () => {
    expect(
      isNameTaken(
        failed(
          'Error response from daemon: Conflict. The container name "/hl-lab-lock" is already in use by container "abc".',
        ),
      ),
    ).toBe(true)
    expect(isNameTaken(failed('No such image'))).toBe(false)
  })
})

it('an engine that does not answer is looked for where DOCKER_HOST says, and that is told', () => {
  const outcome = {
    exitCode: 1,
    stdout: '',
    stderr: 'Cannot connect to the Docker daemon',
    timedOut: false,
    missing: false,
  }
  expect(dockerFailure(['ps'], outcome, 'tcp://far:1')?.next[0]).toBe(
    'DOCKER_HOST is set to tcp://far:1: start the engine there, or unset it',
  )
  expect(dockerFailure(['ps'], outcome)?.next[0]).toBe('start Docker, or join the group docker')
})
