// What `hl restore` does with a restore that was begun before: finishes it, undoes it, or throws its safety copy away.
// Not here: a restore of its own (commands/restore.ts).
import type {Settings} from '../src/config/fields.ts'
import {connectLab} from '../src/lab/lifecycle/connect-lab.ts'
import {archiveModes} from '../src/model/backup.ts'
import {discardSafetyCopy, putBackData} from '../src/recovery/restore-in-place.ts'
import type {NewLab} from '../src/recovery/restore-into-new-lab.ts'
import {resumeRestore, type Resumed} from '../src/recovery/resume-restore.ts'
import {identityFrom} from './archive-identity.ts'
import {interruptible, leftToPatroni} from './interrupt.ts'
import type {Aftermath} from './restore-place.ts'
import {restorePlanScreen} from './view/restore-screen.ts'
import {connectOptions, docker, openLab, recoveryPorts, upOptions} from './wire.ts'

interface Said {
  readonly settings: Settings
  readonly discardNewer: boolean
  /** A file with it. */
  readonly identity: string | undefined
  readonly note: (text: string) => void
  /** The answer for people. */
  readonly show: (text: string) => void
  /** A confirmation by the lab's name; throws without it. */
  readonly ask: (destroys: string) => Promise<void>
}

/** What was finished; null: nothing, and what was done is shown. */
export async function afterRestore(aftermath: Aftermath, said: Said): Promise<Resumed | null> {
  const {lab} = said.settings
  switch (aftermath) {
    case 'resume':
      return resume(said)
    case 'put-back':
      await said.ask(`this throws away what lab ${lab} holds now`)
      said.show(await putBackNow(said))
      return null
    case 'discard-copy':
      await said.ask(`this throws away what lab ${lab} keeps of before its last restore`)
      said.show(await discardNow(said))
      return null
  }
}

async function putBackNow({settings, note, discardNewer}: Said): Promise<string> {
  const lab = await connectLab(docker, settings.lab, connectOptions(settings))
  const put = async (signal: AbortSignal) => putBackData(recoveryPorts(note, signal), lab, {discardNewer})
  const {member, primary} = await interruptible({...leftToPatroni, note}, put)
  return `the data from before the restore is back; primary is ${primary} (it was on ${member})`
}

async function discardNow({settings, note}: Said): Promise<string> {
  const member = await discardSafetyCopy(recoveryPorts(note, undefined), await openLab(settings))
  return `the safety copy on ${member} is gone`
}

async function resume({settings, note, show, discardNewer, identity}: Said): Promise<Resumed> {
  const {lab} = settings
  const texts = {
    once: 'interrupted: stopping; again to stop at once',
    twice: `stopped: hl restore --resume --lab ${lab} goes on`,
    note,
  }
  return interruptible(texts, async signal =>
    resumeRestore(recoveryPorts(note, signal), lab, {
      connect: async name => connectLab(docker, name, connectOptions(settings)),
      newLab: (name, make) => newLabOf(settings, name, make),
      onPlanned: prepared => {
        if (prepared !== null) show(restorePlanScreen(prepared))
      },
      identity: identityFrom(identity),
      discardNewer,
    }),
  )
}

/** As it was to be made; a port block that is named now wins. */
function newLabOf(settings: Settings, name: string, make: Readonly<Record<string, unknown>>): NewLab {
  const archive = archiveModes.find(mode => mode === make['archive']) ?? null
  const portBase = settings.portBase ?? (typeof make['portBase'] === 'number' ? make['portBase'] : null)
  return upOptions({...settings, lab: name, archive, encrypt: make['encrypt'] === true, portBase}, {})
}
