import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {engineCallOf, refusal, splitStreams} from './engine-call.ts'
import {socketOf} from './engine-socket.ts'

describe('what goes past the client', () => {
  it.each<[string, readonly string[], unknown]>([
    ['a command', ['exec', 'c', 'ls', '-l'], {kind: 'exec', container: 'c', user: '', argv: ['ls', '-l']}],
    ['of a user', ['exec', '-u', 'root', 'c', 'ls'], {kind: 'exec', container: 'c', user: 'root', argv: ['ls']}],
    ['what containers are', ['container', 'inspect', 'a', 'b'], {kind: 'inspect', ids: ['a', 'b']}],
  ])('%s', (_, argv, call) => expect(engineCallOf(argv)).toEqual(call))

  it('a list by a label, which is told as it is asked', () =>
    expect(engineCallOf(['volume', 'ls', '-q', '--filter', 'label=hl.lab=a b'])).toMatchObject({
      kind: 'get',
      path: `/volumes?&filters=${encodeURIComponent('{"label":["hl.lab=a b"]}')}`,
    }))

  it('a file of a container', () =>
    expect(engineCallOf(['cp', 'c:/run/a b', '-'])).toMatchObject({
      kind: 'get',
      path: '/containers/c/archive?path=%2Frun%2Fa%20b',
    }))

  it.each<[string, readonly string[]]>([
    ['a terminal', ['exec', '-it', 'c', 'psql']],
    ['a command in the background', ['exec', '-d', 'c', 'psql']],
    ['a command without a program', ['exec', 'c']],
    ['another filter', ['ps', '-aq', '--no-trunc', '--filter', 'name=x']],
    ['two filters', ['volume', 'ls', '-q', '--filter', 'label=a', '--filter', 'label=b']],
    ['another format', ['ps', '-a', '--filter', 'label=a', '--format', '{{.ID}}']],
    ['an inspection by a format', ['container', 'inspect', '--format', '{{.Id}}', 'c']],
    ['a file that is written to one here', ['cp', 'c:/etc/passwd', './passwd']],
    ['a file that goes into a container', ['cp', '-', 'c:/etc']],
    ['a change', ['rm', '-f', 'c']],
  ])('but not %s', (_, argv) => expect(engineCallOf(argv)).toBeNull())

  it('nor what is given an input or an environment', () => {
    for (const options of [{stdin: ''}, {keepsOpen: true}, {env: {}}])
      expect(engineCallOf(['exec', 'c', 'cat'], options)).toBeNull()
  })
})

it('each stream comes out as it went in, however it was cut into frames', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({unit: 'binary'})), {maxLength: 20})
  fc.assert(
    fc.property(frames, list => {
      const stream = list.flatMap(([which, text]) => {
        const head = Buffer.from([which, 0, 0, 0, 0, 0, 0, 0])
        head.writeUInt32BE(Buffer.byteLength(text), 4)
        return [head, Buffer.from(text)]
      })
      const of = (wanted: number): string => list.flatMap(([which, text]) => (which === wanted ? [text] : [])).join('')
      expect(splitStreams(Buffer.concat(stream))).toEqual({stdout: of(1), stderr: of(2)})
    }),
  )
})

it("a refusal is told in the client's words", () => {
  expect(refusal('{"message":"No such container: c"}').stderr).toBe(
    'Error response from daemon: No such container: c\n',
  )
  expect(refusal('<html>').stderr).toBe('Error response from daemon: <html>\n')
})

describe('the socket is where the client would look', () => {
  const usual = '/var/run/docker.sock'
  it.each<[string, Readonly<Record<string, string>>, unknown, string | null]>([
    ['usually', {}, null, usual],
    ['with settings that name no context', {}, {auths: {}}, usual],
    ['with the default context', {}, {currentContext: 'default'}, usual],
    ['with an empty DOCKER_HOST', {DOCKER_HOST: ''}, null, usual],
    ['where DOCKER_HOST says', {DOCKER_HOST: 'unix:///run/user/1000/docker.sock'}, null, '/run/user/1000/docker.sock'],
    ['whatever the context', {DOCKER_HOST: `unix://${usual}`, DOCKER_CONTEXT: 'far'}, {currentContext: 'far'}, usual],
    ['nowhere for another machine', {DOCKER_HOST: 'tcp://far:2375'}, null, null],
    ['nowhere for a context of its own', {}, {currentContext: 'desktop-linux'}, null],
    ['nowhere for a context that is chosen', {DOCKER_CONTEXT: 'far'}, null, null],
    ['nowhere where the settings are not understood', {}, 'unreadable', null],
  ])('%s', (_, env, config, path) => expect(socketOf(env, config)).toBe(path))
})
