// Brings one table back out of a copy, while the cluster goes on.
import {HlError} from '../../model/errors.ts'
import {formatMs} from '../../model/time.ts'
import {tellPhase} from '../progress.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import {allBack, writeVictim} from './keep-going.ts'
import type {StepKindOf} from './step-kind.ts'
import {onlyTheTable, otherRelations} from './victim.ts'

const sources = {'archive': 'a copy made from the archive', 'delayed-copy': 'the delayed copy'} as const

export const recoverTable: StepKindOf<'recover-table'> = {
  label: ({from}) => `bring the table back out of ${sources[from]}`,
  withinMs: () => copyWithinMs,
  async run({from}, context) {
    const {world, progress, see, signal} = context
    const {recovery} = world
    const {hit} = progress
    if (hit?.doneMs == null)
      throw new HlError('SCENARIO_INVALID', 'a table comes back after a disaster', {
        next: ['put the disaster before it'],
      })
    tellPhase(world, progress, 'detect', hit.doneMs)
    const before = await otherRelations(recovery.sql)
    progress.facts = await recovery.recoverTable(from, hit.disaster, {
      signal,
      onPhase: (phase, fromMs, toMs) => {
        see(`${phase} took ${formatMs(toMs - fromMs)}`)
        tellPhase(world, progress, phase, fromMs)
      },
    })
    progress.verification.push(onlyTheTable(before, await otherRelations(recovery.sql)))
    const writtenMs = await writeVictim(context)
    await allBack(context)
    return `back ${formatMs(writtenMs - hit.commandedMs)} after the disaster`
  },
}
