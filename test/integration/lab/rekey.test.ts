// An archive encrypted again for another key, by the program of compose/images/archive and the real age, killed at
// each step: nothing is ever lost, and the next run ends it. Not here: who calls it (src/recovery/rotate-key.ts).
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'
import {docker} from '../../e2e/use-lab.ts'
import {ownName} from '../../suite/run-name.ts'

const name = ownName('hl-rekey')
const lifeSeconds = 600

const bash = async (script: string): Promise<string> =>
  (await docker('exec', '-u', 'postgres', name, 'bash', '-euc', `cd /w; ${script}`)).trim()

beforeAll(async () => {
  const programs = join(packageRoot(), 'compose', 'images', 'archive')
  const mounts = ['-v', `${programs}:/programs:ro`, '--tmpfs', '/w:mode=777,size=1g,exec']
  const run = ['run', '-d', '--rm', '--name', name, '--network', 'none', ...mounts]
  await docker(...run, '--entrypoint', 'sleep', 'hl-archive:17', String(lifeSeconds))
  await bash(setUp)
})
afterAll(async () => docker('rm', '-f', name))
beforeEach(async () => bash('rm -rf a; cp -a whole a; cp keys/both keys/identity; echo 0 >count'))

/**
 * Two segments with a hash, one without, a history, a backup; and programs that kill the script, before what they do or
 * behind it, when so many of them have run.
 */
const setUp = `
mkdir keys shim; for key in old identity.next; do age-keygen -o keys/$key 2>/dev/null; done
cat keys/identity.next keys/old >keys/both
mkdir -p whole/7/wal whole/7/backups/b/data; old=$(age-keygen -y keys/old)
seal() { age -r "$old" >"whole/7/wal/$1"; echo "$(head -c 32 /dev/zero | sha256sum | cut -d' ' -f1) $2 -" >"whole/7/wal/.$1.seal"; }
for n in 1 2 3; do head -c 300000 /dev/urandom | seal 00000001000000000000000$n 300000; done
printf '1\\t0/3000000\\tx\\n' | seal 00000002.history 14
for n in 1 2; do echo "$(sha256sum <whole/7/wal/00000001000000000000000$n | cut -d' ' -f1) received" >whole/7/wal/.00000001000000000000000$n.sum; done
head -c 700000 /dev/urandom | age -r "$old" >whole/7/backups/b/data/base.tar.age
printf '{\\n  "id": "b",\\n  "encrypted": {\\n    "recipient": "%s",\\n    "sha256": "%s"\\n  },\\n  "labels": []\\n}' "$old" "$(sha256sum <whole/7/backups/b/data/base.tar.age | cut -d' ' -f1)" >whole/7/backups/b/backup.json
(cd whole; for f in 7/wal/0* 7/backups/b/data/*; do echo "$f $(age -d -i ../keys/old $f | sha256sum)"; done) >plain
for program in mv sync rm mkfifo; do cat >shim/$program <<SHIM
#!/bin/bash
count=\\$((\\$(cat /w/count) + 1)); echo \\$count >/w/count
[ \\$count != "\\$KILL_BEFORE" ] || { kill -9 \\$SCRIPT; exit 1; }
$(command -v $program) "\\$@"; code=\\$?
[ \\$count != "\\$KILL_BEHIND" ] || kill -9 \\$SCRIPT
exit \\$code
SHIM
done; chmod +x shim/*`

const rekey = '/programs/rekey /w/a /w/keys'
/** What it printed, and `killed` where it came to no end. */
const killedAt = async (variable: string, count: number): Promise<string> =>
  bash(
    `PATH=/w/shim:$PATH ${variable}=${count} bash -c 'export SCRIPT=$$; exec ${rekey}' 2>/dev/null || echo killed; pkill -x age || :`,
  )
/** Files whose content is not what it was, opened by an identity. */
const other = async (identity: string): Promise<string> =>
  bash(
    `cd a; for f in 7/wal/0* 7/backups/b/data/*; do echo "$f $(age -d -i ../keys/${identity} $f 2>&1 | sha256sum)"; done | diff - ../plain || :`,
  )
/** Hashes and the record say what is there, and nothing is left beside it. */
const isConsistent = async (): Promise<string> =>
  bash(`cd a/7; for kept in wal/.*.sum; do f=\${kept#wal/.}; f=wal/\${f%.sum}; [ "$(cut -d' ' -f1 $kept)" = "$(sha256sum <$f | cut -d' ' -f1)" ] || echo "$f"; done
    grep -q "$(sha256sum <backups/b/data/base.tar.age | cut -d' ' -f1)" backups/b/backup.json || echo record
    grep -q "$(age-keygen -y /w/keys/identity.next)" backups/b/backup.json || echo recipient
    find . -name '*rekey*' -o -name '*.new' -o -name '*.part'`)

describe('an archive that is encrypted again', () => {
  it('is for the new key alone, with hashes and catalog to match, and a second run finds nothing', async () => {
    expect(await bash(rekey)).toMatch(/^done 5 \d+$/)
    expect([await other('identity.next'), await isConsistent()]).toEqual(['', ''])
    expect(await other('old')).not.toBe('')
    expect(await bash(rekey)).toBe('done 0 0')
  })

  it.each(['KILL_BEFORE', 'KILL_BEHIND'])('loses nothing when it is killed at any step: %s', async variable => {
    let kills = 0
    for (let count = 1; ; count += 1) {
      await bash('rm -rf a; cp -a whole a; echo 0 >count')
      const printed = await killedAt(variable, count)
      if (!printed.includes('killed')) break
      kills += 1
      expect(await other('identity'), `killed at ${count}`).toBe('')
      expect(await bash(rekey), `killed at ${count}`).toMatch(/^done \d+ \d+$/)
      expect([await other('identity.next'), await isConsistent()], `killed at ${count}`).toEqual(['', ''])
    }
    expect(kills).toBeGreaterThan(25)
  })

  it('leaves what is damaged, does not open or is nothing of age, and names it', async () => {
    await bash(`cd a/7; printf x | dd of=wal/000000010000000000000001 bs=1 seek=200000 conv=notrunc status=none
      printf x | dd of=wal/000000010000000000000003 bs=1 seek=200000 conv=notrunc status=none
      echo plain >wal/00000002.history; printf x | dd of=backups/b/data/base.tar.age bs=1 seek=90000 conv=notrunc status=none`)
    const printed = await bash(rekey)
    expect(printed.split('\n').toSorted()).toEqual([
      'bad /w/a/7/backups/b/data/base.tar.age: it is not what was stored',
      'bad /w/a/7/wal/000000010000000000000001: it is not what came into the archive',
      'bad /w/a/7/wal/000000010000000000000003: the key does not open it',
      'bad /w/a/7/wal/00000002.history: it is no file of age',
      expect.stringMatching(/^done 1 \d+$/),
    ])
  })
})
