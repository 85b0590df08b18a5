// What the archive's programs take for WAL, on segments that a server wrote: what comes in is what its name says, what
// changed there is found, and nothing that is not what came in is handed to a recovery. The programs are those of
// compose/images/archive, whatever the image holds. Not here: what hl makes of it.
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'
import {docker} from '../../e2e/use-lab.ts'
import {ownName} from '../../suite/run-name.ts'

interface Reading {
  readonly read: number
  readonly damaged: readonly {readonly name: string; readonly lastRecord: string | null; readonly why: string}[]
  readonly notes: readonly string[]
}

const name = ownName('hl-archive-wal')
const lifeSeconds = 1_800
let system = ''

/** A shell in the container; what it prints, its last line the exit code of the last command. */
async function sh(script: string): Promise<string> {
  const lines = [
    'export PATH=/programs:$PATH; cd /w',
    'archive=/w/archive/$(cat /w/system); wal=$archive/wal',
    'hash() { sha256sum <"$1" | cut -d" " -f1; }',
    'put() { SSH_ORIGINAL_COMMAND="put $1 $2 $(hash "$3")" archive-gate /w/archive <"$3"; }',
    'get() { wal-get $wal $1 /w/got 00000001:FFFFFFFFFFFFFFFF; }',
    'names() { (cd $wal; ls | grep -E "^[0-9A-F]{24}$" | tr "\\n" " "); }',
    // As a disk does it: one bit.
    `flip() { printf "\\\\$(printf %o $(($(od -A n -t u1 -j $2 -N 1 $1) ^ 4)))" | dd of=$1 bs=1 seek=$2 conv=notrunc status=none; }`,
  ]
  return (await docker('exec', '-u', 'postgres', name, 'bash', '-c', `${lines.join('\n')}\n${script}`)).trim()
}
const refused = async (script: string): Promise<string> => sh(`{ ${script}; } 2>&1; echo " exit $?"`)
const read = async (...flags: readonly string[]): Promise<Reading> =>
  JSON.parse(await sh(`names | wal-check $archive ${flags.join(' ')}`)) as Reading
const note = async ({notes}: Reading): Promise<string> =>
  sh(`printf '%s\\n' ${notes.map(line => `'${line}'`).join(' ')} | wal-note $archive`)

/** What the list says of this system's refusals; those of the tests before are among them for some minutes. */
async function listedAsRefused(): Promise<readonly {readonly name: string; readonly why: string}[]> {
  const {systems} = JSON.parse(await sh('archive-list /w/archive')) as {
    readonly systems: readonly {
      readonly systemIdentifier: string
      readonly refused: readonly {readonly name: string; readonly why: string}[]
    }[]
  }
  return systems.find(({systemIdentifier}) => systemIdentifier === system)?.refused ?? []
}

const four = '000000010000000000000004'
const five = '000000010000000000000005'
const future = '00000001000000000000000F'

beforeAll(async () => {
  await docker(
    'run',
    '-d',
    '--rm',
    '--name',
    name,
    '--network',
    'none',
    '-v',
    `${join(packageRoot(), 'compose', 'images', 'archive')}:/programs:ro`,
    '--tmpfs',
    '/w:mode=777,size=1g',
    '--entrypoint',
    'sleep',
    'hl-archive:17',
    String(lifeSeconds),
  )
  await docker('exec', '-u', 'postgres', name, 'bash', '-euc', setUp)
  system = await sh('cat system')
})
afterAll(async () => docker('rm', '-f', name))

/** A server whose archive_command is the gate; six segments that end with a switch, and a record from 7 into 8. */
const setUp = `
cd /w; initdb -D data -k -A trust >/dev/null
pg_controldata -D data | sed -n 's/^Database system identifier: *//p' >system
printf '%s\\n' '#!/bin/sh' 'export PATH=/programs:$PATH' 'SSH_ORIGINAL_COMMAND="put $(cat /w/system) $2 $(sha256sum <"$1" | cut -d" " -f1)" exec archive-gate /w/archive <"$1"' >push; chmod +x push
printf '%s\\n' archive_mode=on "archive_command='sh /w/push %p %f'" "unix_socket_directories='/w'" "listen_addresses=''" >>data/postgresql.conf
pg_ctl -D data -l log -w start >/dev/null
q() { psql -X -q -A -t -h /w -d postgres -c "$1" >/dev/null; }
q 'CREATE TABLE m (id int, t text)'
fill() { q "INSERT INTO m SELECT g, repeat(md5(g::text), 20) FROM generate_series(1, $1) g"; }
for i in 1 2 3 4 5 6; do fill 2000; q 'SELECT pg_switch_wal()'; done
fill 30000; q 'SELECT pg_switch_wal()'
pg_ctl -D data -m fast -w stop >/dev/null
`

describe('what comes into the archive', () => {
  it('is kept with its hash', async () =>
    expect(await sh(`cat $wal/.${four}.sum`)).toBe(`${await sh(`hash $wal/${four}`)} received`))

  it.each([
    ['six bytes under the name of a segment', 'printf sixsix >f', future, 'it has 6 bytes, fewer than the header'],
    ['zeros', 'head -c 16777216 /dev/zero >f', future, "no page of PostgreSQL 17's WAL"],
    ['another segment', `cp $wal/${four} f`, future, 'it is the segment that begins at 0/4000000'],
    [
      'one that is too long',
      `cp $wal/${four} f; echo x >>f`,
      four,
      'it has 16777218 bytes, and a segment has 16777216',
    ],
    [
      'a history of no timeline before',
      `printf '2\\t0/4000000\\tx\\n' >f`,
      '00000002.history',
      'no history of timeline 2',
    ],
    ['a history that is none', 'echo hello >f', '00000002.history', 'no history of timeline 2'],
    [
      'another content for a name that is taken',
      `cp $wal/${four} f; flip f 16000000`,
      four,
      `another ${four} is there already`,
    ],
  ])('is not %s', async (_what, make, file, said) => {
    expect(await refused(`${make}; put ${system} ${file} f`)).toMatch(new RegExp(`${said}.* exit 3$`, 's'))
  })

  it('is not of another system', async () =>
    expect(await refused(`put 123 ${four} $wal/${four}`)).toContain(`it is of the system ${system}`))

  it('is told of when it is refused, until it comes in', async () => {
    const told = async (): Promise<string> => sh(`cp $wal/.${four}.refused told 2>/dev/null && cat told || echo none`)
    await refused(`cp $wal/${four} good; cp good f; flip f 16000000; put ${system} ${four} f`)
    expect(await told()).toBe(`another ${four} is there already`)
    expect(await listedAsRefused()).toContainEqual({name: four, why: `another ${four} is there already`})
    expect(await refused(`put ${system} ${four} good`)).toBe('exit 0')
    expect(await told()).toBe('none')
  })

  it('and went meanwhile is left out of the list, and the others are in it', async () =>
    expect(await sh(`ln -s /nowhere $wal/${future}; archive-list /w/archive; rm $wal/${future}`)).toContain(four))

  it('is told of no more when nobody offers it', async () => {
    await refused(
      `echo hello >f; put ${system} 00000002.history f; touch -d '1 hour ago' $wal/.00000002.history.refused`,
    )
    expect((await listedAsRefused()).map(({name}) => name)).not.toContain('00000002.history')
    await sh('rm $wal/.00000002.history.refused')
  })

  it('is the same again, and takes the place of what was damaged meanwhile', async () => {
    expect(await refused(`cp $wal/${four} good; put ${system} ${four} good`)).toBe('exit 0')
    expect(await refused(`flip $wal/${four} 9999; put ${system} ${four} good; cmp good $wal/${four}`)).toBe('exit 0')
  })

  it('is the segment in which a timeline was left, whatever lies behind its end; and no other', async () => {
    const cut = (byte: string): string =>
      `{ head -c $offset $wal/${four}; head -c $((16777216 - offset)) /dev/zero | tr '\\0' '${byte}'; }`
    const left = `lsn=$(pg_waldump -p $wal ${four} ${four} 2>/dev/null | sed -n 's/.*lsn: \\([^,]*\\),.*/\\1/p' | sed -n 9p)
      offset=$((0x\${lsn#*/} & 0xffffff)); left=/w/gate/${system}/wal; mkdir -p $left`
    const gate = (file: string): string =>
      `SSH_ORIGINAL_COMMAND="put ${system} ${four} $(hash ${file})" archive-gate /w/gate <${file}`
    const history = `printf "1\\t$lsn\\tx\\n" >$left/00000002.history`
    expect(await refused(`${left}; ${cut('\\0')} >f; ${gate('f')}`)).toBe('exit 0')
    // Nobody has said that it ends there.
    expect(await refused(`${left}; ${cut('x')} >f; ${gate('f')}`)).toMatch(/is there already.*exit 3$/s)
    expect(await refused(`${left}; ${history}; ${cut('x')} >f; ${gate('f')}`)).toBe('exit 0')
    expect(await refused(`${left}; ${cut('x')} >f; flip f 300; ${gate('f')}`)).toMatch(/is there already.*exit 3$/s)
    // Somebody went on, and has records there.
    expect(await refused(`${left}; ${gate(`$wal/${four}`)}`)).toMatch(/is there already.*exit 3$/s)
    expect(await sh(`${left}; ${cut('\\0')} | cmp - $left/${four} && ls -A $left | grep -c look || true`)).toBe('0')
  })

  it('is a history whose positions descend, as PostgreSQL writes one', async () =>
    expect(
      await refused(
        `printf '1\\t0/4000000\\tx\\n2\\t0/3000000\\tx\\n' >f; put ${system} 00000003.history f; rm $wal/00000003.history`,
      ),
    ).toBe('exit 0'))
})

describe('what is read in the archive', () => {
  it('is sound, and its records are read once', async () => {
    const first = await read()
    expect(first).toMatchObject({damaged: []})
    expect(first.read).toBeGreaterThan(7)
    await note(first)
    expect(await read()).toMatchObject({read: 0, damaged: [], notes: []})
    expect(await read('--again')).toMatchObject({read: 0, damaged: []})
  })

  it.each([
    [
      'a bit of a record',
      `flip $wal/${four} 30000`,
      four,
      /^0\/400/,
      /not what came .* incorrect resource manager data checksum/,
    ],
    ['a bit of the padding', `flip $wal/${four} 16777000`, four, null, /not what came/],
    ['a bit of the first page', `flip $wal/${four} 9`, four, null, /is the segment that begins at/],
    ['zeros', `head -c 16777216 /dev/zero >$wal/${four}`, four, null, /no page of/],
    ['its neighbour', `cat $wal/${five} >$wal/${four}`, four, null, /begins at 0\/5000000/],
    [
      'the end of a record that began before',
      'flip $wal/000000010000000000000008 50',
      '000000010000000000000008',
      null,
      /not what came .* checksum/,
    ],
  ])('shows %s', async (_what, damage, file, lastRecord, why) => {
    const {damaged} = await read('--again').then(async () => {
      await sh(`cp $wal/${file} kept; ${damage}`)
      return read('--again').finally(async () => sh(`cat kept >$wal/${file}`))
    })
    expect(damaged.map(one => one.name)).toEqual([file])
    expect(damaged[0]?.why).toMatch(why)
    if (lastRecord === null) expect(damaged[0]?.lastRecord).toBeNull()
    else expect(damaged[0]?.lastRecord).toMatch(lastRecord)
  })

  it('ends where its timeline was left, and zeros behind that are no damage', async () => {
    const third = '000000010000000000000003'
    const left = await sh(`mkdir -p /w/left/${system}/wal; cp $wal/${third} /w/left/${system}/wal
      lsn=$(pg_waldump -p $wal ${four} ${four} 2>/dev/null | sed -n 's/.*lsn: \\([^,]*\\),.*/\\1/p' | sed -n 9p)
      offset=$((0x\${lsn#*/} & 0xffffff))
      { head -c $offset $wal/${four}; head -c $((16777216 - offset)) /dev/zero; } >/w/left/${system}/wal/${four}; echo $lsn`)
    const names = `${third} ${four}`
    const reading = async (way: string): Promise<Reading> =>
      JSON.parse(await sh(`echo '${way}' | wal-check /w/left/${system}`)) as Reading
    expect(left).toMatch(/^0\/0?4/)
    expect((await reading(names)).damaged.map(one => one.name)).toEqual([four])
    expect(await reading(`${names} @${left}`)).toMatchObject({read: 2, damaged: []})
    await sh(`flip /w/left/${system}/wal/${third} 30000`)
    expect((await reading(`${names} @${left}`)).damaged.map(one => one.name)).toEqual([third])
  })

  it('shows damage without any hash, and takes none for good that may be damaged', async () => {
    await sh(
      `mkdir sums; mv $wal/.*.sum sums; cp $wal/000000010000000000000008 kept; flip $wal/000000010000000000000008 50`,
    )
    const {damaged, notes} = await read()
    await sh('cat kept >$wal/000000010000000000000008; mv sums/.*.sum $wal')
    expect(damaged.map(one => one.name)).toEqual(['000000010000000000000007'])
    expect(notes.filter(line => line.startsWith('000000010000000000000008'))).toEqual([])
  })
})

describe('what a recovery is given', () => {
  it('is what came in', async () => expect(await refused(`get ${four}; cmp got $wal/${four}`)).toBe('exit 0'))

  it.each([
    ['is not what came in', `flip $wal/${four} 30000`, 'is not what came into the archive', 255],
    ['is another', `rm $wal/.${four}.sum; cat $wal/${five} >$wal/${four}`, 'begins at 0/5000000', 255],
    ['is missing, and later ones are there', `rm $wal/${four}`, 'the archive has a hole', 255],
  ])('is not a file that %s; a copy waits for a better one', async (_what, damage, said, exitCode) => {
    await sh(`cp $wal/${four} $wal/.${four}.sum /w/; ${damage}`)
    const [stops, waits] = [await refused(`get ${four}`), await refused(`export WAL_WAIT=1; get ${four}`)]
    await sh(`cp ${four} .${four}.sum $wal/`)
    expect(stops).toMatch(new RegExp(`${said}.* exit ${exitCode}$`, 's'))
    expect(waits).toMatch(new RegExp(`${said}.* exit 1$`, 's'))
  })

  it('is a damaged file whose records were found sound up to a position', async () => {
    await sh(`cp $wal/${four} $wal/.${four}.sum /w/; flip $wal/${four} 30000`)
    await note(await read('--again'))
    const given = await refused(`get ${four}`)
    await sh(`cp ${four} .${four}.sum $wal/`)
    expect(given).toBe('exit 0')
  })

  it('ends where the archive ends, and where a receiver has only made the next file', async () => {
    expect(await refused(`get ${future}`)).toBe('exit 1')
    expect(
      await refused(
        `head -c 16777216 /dev/zero >$wal/${future}.partial; get ${future}; e=$?; rm $wal/${future}.partial; (exit $e)`,
      ),
    ).toBe('exit 1')
  })
})
