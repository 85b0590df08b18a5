// `hl down`: takes a lab away, whatever state it is in.
import {Flags} from '@oclif/core'
import {downLab} from '../../src/cluster/down-lab.ts'
import type {Removed} from '../../src/cluster/down-lab.ts'
import {checkLabName} from '../../src/cluster/lab-description.ts'
import {findLab, labVolumes, listLabs} from '../../src/cluster/lab-inventory.ts'
import {leftovers} from '../../src/cluster/leftovers.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {confirmByName} from '../view/confirm.ts'
import {docker} from '../wire.ts'

export default class Down extends BaseCommand {
  static override summary = 'Remove a lab: its containers and network, with --volumes its data too'
  static override flags = {
    ...dryRunFlag,
    volumes: Flags.boolean({description: 'destroy the data and the passwords too; asks for the name of the lab'}),
    confirm: Flags.string({description: 'the name of the lab, instead of being asked', helpValue: '<lab>'}),
    leftovers: Flags.boolean({description: 'remove what crashed runs left, of every lab: stale locks, volumes without a lab'}),
  }
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --volumes --confirm lab']

  override async run(): Promise<readonly (Removed & {readonly lab: string})[]> {
    const {flags} = await this.parse(Down)
    const {lab} = this.settingsFrom(flags)
    checkLabName(lab)
    const targets = flags.leftovers ? await this.leftoverLabs() : [lab]
    if (flags['dry-run']) return this.preview(targets, flags.volumes || flags.leftovers)
    if (flags.volumes && !flags.leftovers) await confirmByName({lab, destroys: `this destroys the data of lab ${lab}`, given: flags.confirm, mayAsk: this.mayAsk()}, {input: process.stdin, output: process.stderr})
    const removed = await Promise.all(targets.map(async name => ({lab: name, ...(await downLab(docker, name, {volumes: flags.volumes || flags.leftovers}))})))
    for (const {lab: name, containers, networks, volumes} of removed) this.show(`lab ${name}: removed ${containers.length} containers, ${networks} networks, ${volumes.length} volumes`)
    if (removed.length === 0) this.show('nothing was left over')
    if (!flags.volumes && (await labVolumes(docker, lab)).length > 0) this.note(`the data is kept: hl up --lab ${lab} takes it over; hl down --lab ${lab} --volumes destroys it`)
    return removed
  }

  /** Labs of which only a lock or volumes are left. */
  private async leftoverLabs(): Promise<readonly string[]> {
    const labs = await listLabs(docker)
    const left = await leftovers(docker, labs)
    const running = new Set(labs.filter(lab => lab.services.length > 0).map(lab => lab.lab))
    return [...new Set(left.map(item => item.lab))].filter(lab => !running.has(lab))
  }

  private async preview(targets: readonly string[], volumes: boolean): Promise<readonly (Removed & {readonly lab: string})[]> {
    const found = await Promise.all(targets.map(async lab => ({lab, networks: 0, containers: (await findLab(docker, lab)).services.map(service => service.container), volumes: volumes ? await labVolumes(docker, lab) : []})))
    for (const {lab, containers, volumes: data} of found) this.show(`would remove lab ${lab}: ${containers.length} containers, ${data.length} volumes`)
    return found
  }
}
