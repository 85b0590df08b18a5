// `hl down`: takes a lab away, whatever state it is in.
import * as Flags from '@oclif/core/flags'
import {planDown, takeDown, type Removal} from '../../src/lab/lifecycle/down-lab.ts'
import {checkLabName} from '../../src/lab/lifecycle/lab-description.ts'
import {labVolumes} from '../../src/lab/lifecycle/lab-inventory.ts'
import {readRecord} from '../../src/lab/lifecycle/restore-record.ts'
import {unfinishedText, waysOut} from '../../src/lab/lifecycle/restore-state.ts'
import {hintText} from '../../src/model/command-hint.ts'
import {plural} from '../../src/model/quantity.ts'
import {deadLabs} from '../../src/lab/lifecycle/lab-owner.ts'
import {leftoverLabs} from '../../src/lab/lifecycle/leftovers.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {confirmByName} from '../view/ask.ts'
import {docker} from '../wire.ts'

type LabRemoval = Removal & {readonly lab: string}

export default class Down extends BaseCommand {
  static override summary = 'Remove a lab: its containers and network, with --volumes its data too'
  static override flags = {
    ...dryRunFlag,
    volumes: Flags.boolean({description: 'destroy the data and the passwords too; asks for the name of the lab'}),
    confirm: Flags.string({description: 'the name of the lab, instead of being asked', helpValue: '<lab>'}),
    force: Flags.boolean({description: 'also while a command works on it, which then ends with an error'}),
    leftovers: Flags.boolean({
      description:
        'remove what crashed runs left, of every lab: stale locks, networks without a lab, whole labs of killed tests; ' +
        'no other data',
      exclusive: ['volumes', 'lab'],
    }),
  }
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --volumes --confirm lab']

  override async run(): Promise<readonly LabRemoval[]> {
    const {flags} = await this.parse(Down)
    const {lab} = this.settingsFrom(flags)
    const {volumes, force} = flags
    checkLabName(lab)
    const dead = flags.leftovers ? await deadLabs(docker) : []
    const targets = flags.leftovers ? new Set([...dead, ...(await leftoverLabs(docker))]) : [lab]
    if (volumes && !flags['dry-run'])
      await confirmByName({
        lab,
        destroys: `this destroys the data of lab ${lab}`,
        given: flags.confirm,
        hasDryRun: true,
        mayAsk: this.mayAsk(),
      })
    const remove = async (name: string): Promise<Removal> => {
      const all = volumes || dead.includes(name)
      return flags['dry-run'] ? planDown(docker, name, {volumes: all}) : takeDown(docker, name, {volumes: all, force})
    }
    const removed = await Promise.all([...targets].map(async name => ({lab: name, ...(await remove(name))})))
    for (const removal of removed)
      this.show(`lab ${removal.lab}: ${flags['dry-run'] ? 'would remove' : 'removed'} ${countText(removal)}`)
    if (flags.leftovers && removed.length === 0) this.show('nothing was left over')
    if (!flags.leftovers && !volumes) await this.tellWhatStays(lab)
    return removed
  }

  private async tellWhatStays(lab: string): Promise<void> {
    const unfinished = await readRecord(docker, lab)
    if (unfinished !== null && unfinished.stage !== 'checked')
      this.note([unfinishedText(unfinished), ...waysOut(unfinished).map(step => hintText(step, lab))].join('; '))
    else if ((await labVolumes(docker, lab)).length > 0)
      this.note(
        `the data is kept: hl up --lab ${lab} takes it over; ` +
          `hl down --lab ${lab} --volumes --confirm ${lab} destroys it`,
      )
  }
}

function countText({containers, locks, networks, volumes}: Removal): string {
  return (
    `${plural(containers.length, 'container')}, ${plural(networks.length, 'network')}, ` +
    `${plural(volumes.length, 'volume')}${locks.length === 0 ? '' : ' and its lock'}`
  )
}
