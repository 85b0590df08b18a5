// `hl faults`: the ways to break things.
import {faultTypes} from '../../../src/faults/fault-action.ts'
import {BaseCommand} from '../../base-command.ts'

export default class FaultsList extends BaseCommand {
  static override aliases = ['faults']
  static override summary = 'List the faults and which code path of the cluster each exercises'
  static override examples = ['<%= config.bin %> faults']

  override async run(): Promise<
    readonly {readonly kind: string; readonly summary: string; readonly exercises: string}[]
  > {
    await this.parse(FaultsList)
    const all = Object.entries(faultTypes).map(([kind, {summary, exercises}]) => ({kind, summary, exercises}))
    this.showTable(
      [{name: 'FAULT'}, {name: 'WHAT IT DOES'}, {name: 'EXERCISES'}],
      all.map(row => [row.kind, row.summary, row.exercises]),
    )
    return all
  }
}
