// An archive encrypted again for another key, by the program of compose/images/archive and the real age, killed at
// each step: nothing is ever lost, and the next run ends it. Not here: who calls it (src/recovery/rotate-key.ts).
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'
import {docker} from '../../e2e/use-lab.ts'
import {byDay} from '../../suite/at-night.ts'
import {ownName} from '../../suite/run-name.ts'

const name = ownName('hl-rekey')
const lifeSeconds = 1_800
/** Some twenty runs, and a look behind each. */
const killsMs = 600_000

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
 * A segment with a hash, one without, a backup; and programs that kill the script before what they do, when so many of
 * them have run.
 */
const setUp = `
mkdir keys shim; for key in old identity.next; do age-keygen -o keys/$key 2>/dev/null; done
cat keys/identity.next keys/old >keys/both
mkdir -p whole/7/wal whole/7/backups/b/data; old=$(age-keygen -y keys/old)
seal() { age -r "$old" >"whole/7/wal/$1"; echo "$(head -c 32 /dev/zero | sha256sum | cut -d' ' -f1) $2 -" >"whole/7/wal/.$1.seal"; }
for n in 1 2; do head -c 300000 /dev/urandom | seal 00000001000000000000000$n 300000; done
echo "$(sha256sum <whole/7/wal/000000010000000000000001 | cut -d' ' -f1) received" >whole/7/wal/.000000010000000000000001.sum
head -c 700000 /dev/urandom | age -r "$old" >whole/7/backups/b/data/base.tar.age
printf '{\\n  "id": "b",\\n  "encrypted": {\\n    "recipient": "%s",\\n    "sha256": "%s"\\n  },\\n  "labels": []\\n}' "$old" "$(sha256sum <whole/7/backups/b/data/base.tar.age | cut -d' ' -f1)" >whole/7/backups/b/backup.json
(cd whole; for f in 7/wal/0* 7/backups/b/data/*; do echo "$f $(age -d -i ../keys/old $f | sha256sum)"; done) >plain
for program in mv sync rm mkfifo; do cat >shim/$program <<SHIM
#!/bin/bash
count=\\$((\\$(cat /w/count) + 1)); echo \\$count >/w/count
[ \\$count != "\\$KILL_AT" ] || { kill -9 \\$SCRIPT; exit 1; }
exec $(command -v $program) "\\$@"
SHIM
done; chmod +x shim/*`

const rekey = '/programs/rekey /w/a /w/keys'

/** `other <identity>`: files that it opens to another content. `odd`: hashes and records that do not fit, drafts. */
const looks = `
other() { (cd a; for f in 7/wal/0* 7/backups/b/data/*; do echo "$f $(age -d -i ../keys/$1 $f 2>&1 | sha256sum)"; done | diff - ../plain) || :; }
odd() {
  (cd a/7; for kept in wal/.*.sum; do f=\${kept#wal/.}; f=wal/\${f%.sum}; [ "$(cut -d' ' -f1 $kept)" = "$(sha256sum <$f | cut -d' ' -f1)" ] || echo "hash of $f"; done
  grep -q "$(sha256sum <backups/b/data/base.tar.age | cut -d' ' -f1)" backups/b/backup.json || echo 'hash of the backup'
  grep -q "$(age-keygen -y /w/keys/identity.next)" backups/b/backup.json || echo 'recipient of the backup'
  find . -name '*rekey*' -o -name '*.new' -o -name '*.part'); }`

/** Killed at one step, at a later one, and so on until it comes to its end; what was wrong, and how far it came. */
const killAtEach = `${looks}
for count in $(seq 1 ${byDay(3, 1)} 200); do
  rm -rf a; cp -a whole a; echo 0 >count
  if PATH=/w/shim:$PATH KILL_AT=$count bash -c 'export SCRIPT=$$; exec ${rekey}' >printed 2>/dev/null; then echo "$((count - 1)) steps"; exit; fi
  pkill -x age || :
  said=$(other identity); [ -z "$said" ] || echo "lost when killed at $count: $said"
  said=$(${rekey}) && [[ $said =~ ^done ]] || echo "the run behind $count: $said"
  said="$(other identity.next)$(odd)"; [ -z "$said" ] || echo "behind $count: $said"
done`

describe('an archive that is encrypted again', () => {
  it('is for the new key alone, with hashes and catalog to match, and a second run finds nothing', async () => {
    expect(await bash(rekey)).toMatch(/^done 3 \d+$/)
    expect(await bash(`${looks}; other identity.next; odd`)).toBe('')
    expect(await bash(`${looks}; other old`)).not.toBe('')
    expect(await bash(rekey)).toBe('done 0 0')
  })

  it(
    'loses nothing when it is killed before any step, and the next run ends it',
    async () => {
      const [steps, ...wrong] = (await bash(killAtEach)).split('\n').toReversed()
      expect(wrong).toEqual([])
      expect(Number(/^(\d+) steps$/.exec(steps ?? '')?.[1])).toBeGreaterThan(15)
    },
    killsMs,
  )
})
