// hl killed with SIGKILL at each line that a command tells, and what is left of it then. For tests only. Invariants:
// what is left is named by the next look; what ends it leaves nothing, and loses nothing. Not here: which commands
// (nightly/generated-kills.test.ts).
import {setTimeout as after} from 'node:timers/promises'
import {expect} from 'vitest'
import type {Chance} from '../../generated/chance.ts'
import {docker, type TestLab} from '../use-lab.ts'

export interface KilledCommand {
  readonly words: readonly string[]
  /** What must be so before it runs, each time. */
  readonly prepare: () => Promise<unknown>
  /** How what it left is told, where something is left. */
  readonly named: RegExp
  /** What a person runs then, and looks at. */
  readonly end: (seen: Seen) => Promise<unknown>
}

/** What is there beside what was there before. */
export interface Seen {
  readonly when: string
  /** Containers and volumes of the lab, and of those beside it. */
  readonly objects: readonly string[]
  /** Drafts in the archive, and programs that run there. */
  readonly archive: readonly string[]
  /** What `hl status` and `hl doctor` say. */
  readonly said: string
}

const lineMs = 180_000
/** Between a line and the next one lies work too. */
const soonMs = 700

const archiveScript = `for draft in /archive/*/backups/.draft-*; do [ ! -e "$draft" ] || echo "draft \${draft##*/}"; done
for comm in /proc/[0-9]*/comm; do read -r name <"$comm" 2>/dev/null || continue; case $name in pg_*|python3|age) echo "runs $name" ;; esac; done`

/**
 * Runs it to its end, then kills it at each line that it told, and at `moments` more of its time. How often it was
 * killed.
 */
export async function killAtEachStep(
  lab: TestLab,
  chance: Chance,
  command: KilledCommand,
  moments: number,
): Promise<number> {
  const before = await objectsOf(lab.name)
  await command.prepare()
  const startedMs = performance.now()
  const whole = await lab.hl(...command.words)
  const wholeMs = performance.now() - startedMs
  expect(whole.exitCode, whole.stdout + whole.stderr).toBe(0)
  await command.end(await seenOf(lab, before, 'nothing'))
  const lines = (whole.stdout + whole.stderr).split('\n').length - 1
  const kills = [
    ...Array.from({length: lines}, (_, index): Kill => ({line: index + 1, waitMs: chance.below(soonMs)})),
    ...Array.from({length: moments}, (): Kill => ({line: 0, waitMs: chance.below(wholeMs)})),
  ]
  for (const kill of kills) {
    await command.prepare()
    const {exitCode} = await killed(lab, command, kill)
    const when = kill.line > 0 ? `line ${kill.line} and ${kill.waitMs} ms` : `${kill.waitMs} ms`
    const seen = await seenOf(lab, before, when)
    const left = [...seen.objects, ...seen.archive]
    if (exitCode === null && left.length > 0)
      expect(seen.said, `killed at ${when}, left ${left.join()}`).toMatch(command.named)
    await command.end(seen)
    const {objects, archive} = await seenOf(lab, before, when)
    expect([...objects, ...archive], `after the end of what was killed at ${when}`).toEqual([])
  }
  return kills.length
}

interface Kill {
  readonly line: number
  readonly waitMs: number
}

async function killed(
  lab: TestLab,
  {words}: KilledCommand,
  {line, waitMs}: Kill,
): Promise<{readonly exitCode: number | null}> {
  const running = lab.start(...words)
  // It may come to its end before that: then nothing is left of it.
  if (line > 0) await running.saw(new RegExp(`(?:[^\\n]*\\n){${line}}`), lineMs).catch(() => undefined)
  const over = new AbortController()
  await Promise.race([after(waitMs, undefined, {signal: over.signal}).catch(() => undefined), running.finished])
  over.abort()
  running.kill('SIGKILL')
  return running.finished
}

async function seenOf(lab: TestLab, before: readonly string[], when: string): Promise<Seen> {
  const objects = (await objectsOf(lab.name)).filter(name => !before.includes(name))
  const looks = [await lab.hl('status'), await lab.hl('doctor')]
  return {
    when,
    objects,
    archive: await archiveOf(lab),
    said: looks.map(({stdout, stderr}) => stdout + stderr).join('\n'),
  }
}

/** Without the locks: whoever comes next takes those over. */
async function objectsOf(name: string): Promise<readonly string[]> {
  const all = await Promise.all([
    docker('ps', '-a', '--format', '{{.Names}}'),
    docker('volume', 'ls', '--format', '{{.Name}}'),
  ])
  return all
    .flatMap(text => text.split('\n'))
    .filter(one => one.startsWith(`hl-${name}`) && !one.endsWith('-lock'))
    .toSorted()
}

async function archiveOf(lab: TestLab): Promise<readonly string[]> {
  const text = await docker('exec', '-u', 'postgres', lab.container('archive'), 'sh', '-c', archiveScript)
  return text.split('\n').filter(line => line !== '')
}
