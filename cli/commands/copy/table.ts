// `hl copy table`: one table out of the copy, back into the running lab.
import {Args} from '@oclif/core'
import {tableFromCopy} from '../../../src/recovery/recovery-copy.ts'
import {plural} from '../../../src/report/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

export default class CopyTable extends BaseCommand {
  static override summary = 'Bring a table of the recovery copy back into the running lab; nothing else there changes'
  static override description =
    'With its indexes, constraints and rights, in one transaction. A copy that stands at its target is promoted for that, and moves no more.' +
    '  A table of that name in the lab is never overwritten: move it out of the way first.'
  static override args = {table: Args.string({description: 'schema.table, as in SQL: \'hl."Table"\'', required: true})}
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> copy table hl.ledger']

  override async run(): Promise<{readonly table: string; readonly rows: number}> {
    const {args, flags} = await this.parse(CopyTable)
    const lab = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const texts = {
      once: 'interrupted: stopping behind what is in hand; again to stop at once',
      twice: `stopped; of the table all is in lab ${lab.cluster.lab}, or nothing`,
      note: (text: string) => this.note(text),
    }
    const rows = await interruptible(texts, async signal =>
      tableFromCopy(recoveryPorts(texts.note, signal), lab, args.table),
    )
    this.show(`${args.table} is back in lab ${lab.cluster.lab}: ${plural(rows, 'row')}`)
    return {table: args.table, rows}
  }
}
