// `hl copy table`: one table out of the copy, back into the running lab.
import * as Args from '@oclif/core/args'
import type {BroughtTable} from '../../../src/backup/copy/bring-table.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {tableFromCopy} from '../../../src/recovery/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {broughtText, isWhole} from '../../view/copy-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

export default class CopyTable extends BaseCommand {
  static override summary = 'Bring a table of the recovery copy back into the running lab; nothing else there changes'
  static override description =
    'With its indexes, constraints, statistics and rights, in one transaction, and compared with the copy, rows ' +
    'and catalog. What others had of it (foreign keys, views, publications) is named with the SQL that brings it ' +
    'back; exit 1 when not all is as it was.' +
    '  A copy that stands at its target is promoted for that, and moves no more; it is read-only as before.' +
    '  A table of that name in the lab is never overwritten: move it out of the way first.'
  static override args = {table: Args.string({description: 'schema.table, as in SQL: \'hl."Table"\'', required: true})}
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> copy table hl.ledger']

  override async run(): Promise<BroughtTable & {readonly table: string}> {
    const {args, flags} = await this.parse(CopyTable)
    const lab = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const texts = {
      once: 'interrupted: stopping behind what is in hand; again to stop at once',
      twice: `stopped; of the table all is in lab ${lab.cluster.lab}, or nothing`,
      note: (text: string) => this.note(text),
    }
    const brought = await interruptible(texts, async signal =>
      tableFromCopy(recoveryPorts(texts.note, signal), lab, args.table),
    )
    this.show(broughtText(args.table, lab.cluster.lab, brought))
    if (!isWhole(brought)) this.exitWith(exitCode.fail)
    return {table: args.table, ...brought}
  }
}
