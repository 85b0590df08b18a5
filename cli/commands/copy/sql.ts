// `hl copy sql`: a question to the copy.
import * as Args from '@oclif/core/args'
import {rowsOf, type StatementRows} from '../../../src/lab/psql.ts'
import {queryCopy} from '../../../src/recovery/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {docker} from '../../wire.ts'

export default class CopySql extends BaseCommand {
  static override summary = 'Ask the recovery copy of a lab; it is read-only'
  static override args = {statement: Args.string({description: 'one statement', required: true})}
  static override examples = ['<%= config.bin %> copy sql "select count(*) from hl.ledger"']

  override async run(): Promise<StatementRows> {
    const {args, flags} = await this.parse(CopySql)
    const {lab} = this.settingsFrom(flags)
    const stdout = await queryCopy(docker, lab, args.statement, {csv: this.jsonEnabled()})
    this.show(stdout)
    return rowsOf(args.statement, {stdout})
  }
}
