import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {dockerClient} from '../docker/docker.ts'
import type {Docker} from '../docker/docker.ts'
import {
  identityMount,
  publicKey,
  readIdentity,
  requireKey,
  requireEncryptable,
  requireSameEncryption,
} from './archive-key.ts'

/**
 * A Docker with these volumes; the lab's identity and any that is given are `key`'s. `failing`: every container ends
 * with these words.
 */
function dockerWith(
  volumes: readonly string[],
  key = 'age1own',
  failing: string | null = null,
): {
  readonly docker: Docker
  readonly ran: readonly (readonly string[])[]
  readonly stdin: readonly (string | undefined)[]
} {
  const ran: (readonly string[])[] = []
  const stdin: (string | undefined)[] = []
  const docker = dockerClient((argv, options) => {
    ran.push(argv)
    stdin.push(options?.stdin)
    const bad = options?.stdin === 'nonsense' || (failing !== null && argv[0] === 'run')
    return Promise.resolve({
      exitCode: bad ? 1 : 0,
      stdout: argv[0] === 'volume' ? volumes.map(name => `${name}\n`).join('') : `${key}\n`,
      stderr: bad ? (failing ?? 'age-keygen: error: no') : '',
      timedOut: false,
      missing: false,
    })
  })
  return {docker, ran, stdin}
}

const record = (recipient: string | null): BackupRecord =>
  backupOf({
    id: 'a',
    serverVersion: '17.2',
    startLsn: '0/2000028',
    stopLsn: '0/2000120',
    startedAt: '2026-01-01T00:00:00Z',
    stoppedAt: '2026-01-01T00:00:00Z',
    durationMs: 5,
    ...(recipient === null ? {} : {encrypted: {recipient, sha256: 'b'.repeat(64)}}),
  })
const code = (wanted: string): unknown => expect.objectContaining({code: wanted})

describe('an archive can be encrypted', () => {
  it('where the nodes hand over WAL', () => expect(() => requireEncryptable('command', true)).not.toThrow())
  it.each(['stream', 'sync', 'none', undefined] as const)('and not with archive %s', archive =>
    expect(() => requireEncryptable(archive, true)).toThrow(code('CONFIG_INVALID')),
  )
  it.each(['stream', 'sync', 'none', undefined] as const)('and nobody asks of archive %s without it', archive =>
    expect(() => requireEncryptable(archive, undefined)).not.toThrow(),
  )
})

describe('what an earlier lab left', () => {
  const data = 'hl-lab_archive-data'
  const identity = 'hl-lab_archive-identity'
  it.each([
    [[], true],
    [[], false],
    [[data, identity], true],
    [[data], false],
    [['hl-lab_pg1-data'], true],
  ] as const)('%j goes with encrypt %s', async (volumes, encrypt) =>
    expect(requireSameEncryption(dockerWith(volumes).docker, {name: 'lab', encrypt})).resolves.toBeUndefined(),
  )
  it.each([true, false])(
    'whose identity is gone is known by what is encrypted when it is to go on with encrypt %s',
    async encrypt => {
      const asked = requireSameEncryption(dockerWith([data, 'hl-lab_secrets'], 'encrypted').docker, {
        name: 'lab',
        encrypt,
      })
      await (encrypt
        ? expect(asked).resolves.toBeUndefined()
        : expect(asked).rejects.toThrow(code('LAB_SETTINGS_DIFFER')))
    },
  )
  it('that cannot be looked at is neither', async () =>
    expect(
      requireSameEncryption(dockerWith([data], 'age1own', 'no such image').docker, {name: 'lab', encrypt: true}),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'LAB_SETTINGS_DIFFER',
        message: expect.stringContaining('cannot be told') as string,
      }) as Error,
    ))
  it.each([
    [[data, identity], false],
    [[data], true],
  ] as const)('%j does not go with encrypt %s', async (volumes, encrypt) =>
    expect(requireSameEncryption(dockerWith(volumes).docker, {name: 'lab', encrypt})).rejects.toThrow(
      code('LAB_SETTINGS_DIFFER'),
    ),
  )
})

describe('a restore', () => {
  const there = ['hl-lab_archive-identity']
  it('needs no key for what is not encrypted', async () => {
    const {docker, ran} = dockerWith([])
    await requireKey(docker, 'lab', [record(null)])
    expect(ran).toEqual([])
  })
  it("has the lab's own", async () =>
    expect(requireKey(dockerWith(there).docker, 'lab', [record('age1own')])).resolves.toBeUndefined())
  it('takes one that is given, by stdin', async () => {
    const {docker, ran, stdin} = dockerWith([])
    await requireKey(docker, 'lab', [record('age1own')], 'AGE-SECRET-KEY-1X')
    expect(stdin).toEqual(['AGE-SECRET-KEY-1X'])
    expect(JSON.stringify(ran)).not.toContain('SECRET')
  })
  it.each([
    ['the identity is gone', [], 'age1own', undefined],
    ['it is another one', there, 'age1other', undefined],
    ['the one that is given is another one', there, 'age1other', 'AGE-SECRET-KEY-1X'],
    ['the one that is given is none', there, 'age1own', 'nonsense'],
  ])('is refused when %s', async (_what, volumes, key, identity) =>
    expect(requireKey(dockerWith(volumes, key).docker, 'lab', [record('age1own')], identity)).rejects.toThrow(
      code('ARCHIVE_KEY_MISSING'),
    ),
  )

  it('goes on while the key is changed, where two open the archive', async () =>
    expect(
      requireKey(dockerWith(there, 'age1new\nage1own').docker, 'lab', [record('age1own'), record('age1new')]),
    ).resolves.toBeUndefined())

  const message = async (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => '',
      (error: unknown) => (error as Error).message,
    )
  it('with the key of another lab is told which key it has and which it needs', async () => {
    expect(
      await message(requireKey(dockerWith([], 'age1other').docker, 'lab', [record('age1own')], 'AGE-SECRET-KEY-1X')),
    ).toBe('that identity opens what was encrypted for age1other, and backup a was encrypted for age1own')
    expect(await message(requireKey(dockerWith(there, 'age1other').docker, 'lab', [record('age1own')]))).toContain(
      'the identity of lab lab opens what was encrypted for age1other',
    )
  })
  it('needs the key of every backup of a chain', async () =>
    expect(
      await message(
        requireKey(dockerWith(there).docker, 'lab', [record('age1own'), {...record('age1before'), id: 'b'}]),
      ),
    ).toContain('backup b was encrypted for age1before'))
  it('whose key is not in its volume, or cannot be read there, says so', async () =>
    expect(
      await message(
        requireKey(
          dockerWith(there, 'age1own', 'age-keygen: error: failed to open input file: permission denied').docker,
          'lab',
          [record('age1own')],
        ),
      ),
    ).toMatch(/no identity in the volume of lab lab: .*permission denied/))
})

describe('the identity of a lab', () => {
  it('is read from its volume, read-only and without a network', async () => {
    const {docker, ran} = dockerWith(['hl-lab_archive-identity'], 'AGE-SECRET-KEY-1X')
    expect(await readIdentity(docker, 'lab')).toBe('AGE-SECRET-KEY-1X\n')
    for (const argv of ran.filter(([word]) => word === 'run'))
      expect(argv.join(' ')).toMatch(/--network none .*hl-lab_archive-identity:\/run\/hl-identity:ro/)
  })
  it.each([
    ['readIdentity', readIdentity],
    ['publicKey', async (docker: Docker) => publicKey(docker, 'lab')],
  ] as const)('that is gone makes no empty volume in its place: %s', async (_what, read) => {
    const {docker, ran} = dockerWith([])
    await expect(read(docker, 'lab')).rejects.toThrow(code('ARCHIVE_KEY_MISSING'))
    expect(ran.some(([word]) => word === 'run')).toBe(false)
  })
})

describe('the container that opens', () => {
  it('mounts the identity read-only, has room for one that is given, and nothing where the archive is plain', async () => {
    expect(await identityMount(dockerWith(['hl-lab_archive-identity']).docker, 'lab', undefined)).toEqual([
      '-v',
      'hl-lab_archive-identity:/run/hl-identity:ro',
    ])
    expect((await identityMount(dockerWith([]).docker, 'lab', 'AGE-SECRET-KEY-1X')).join(' ')).toMatch(
      /^--mount type=tmpfs,dst=\/run\/hl-identity(?!.*SECRET)/,
    )
    expect(await identityMount(dockerWith(['hl-other_archive-identity']).docker, 'lab', undefined)).toEqual([])
  })
})
